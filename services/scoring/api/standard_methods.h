#pragma once

// Binds the seven standard methods of resource `One` (plural `Many`) of package `pb` to the ResourceApi behind `api`: Get,
// List, BatchGet, BatchGetByExternalId, Create, FindOrCreate and Update. A macro, because the names of the messages follow
// from the resource's.
#define ASSAY_BIND_STANDARD(service, api, pb, One, Many)                                                                    \
  (service).Unary<pb::Get##One##Request, pb::One>(                                                                          \
      "Get" #One, [api](const auto& context, const auto& request) { return api->Get(context, request); });                  \
  (service).Unary<pb::List##Many##Request, pb::List##Many##Response>("List" #Many, [api](const auto& context, const auto& request) { \
    return api->template List<pb::List##Many##Request, pb::List##Many##Response>(context, request);                         \
  });                                                                                                                       \
  (service).Unary<pb::BatchGet##Many##Request, pb::BatchGet##Many##Response>(                                               \
      "BatchGet" #Many, [api](const auto& context, const auto& request) {                                                   \
        return api->template BatchGet<pb::BatchGet##Many##Request, pb::BatchGet##Many##Response>(context, request);         \
      });                                                                                                                   \
  (service).Unary<pb::BatchGet##Many##ByExternalIdRequest, pb::BatchGet##Many##ByExternalIdResponse>(                       \
      "BatchGet" #Many "ByExternalId", [api](const auto& context, const auto& request) {                                    \
        return api->template BatchGetByExternalId<pb::BatchGet##Many##ByExternalIdRequest,                                  \
                                                  pb::BatchGet##Many##ByExternalIdResponse>(context, request);              \
      });                                                                                                                   \
  (service).Unary<pb::Create##One##Request, pb::One>(                                                                       \
      "Create" #One, [api](const auto& context, const auto& request) { return api->Create(context, request); });            \
  (service).Unary<pb::FindOrCreate##One##Request, pb::FindOrCreate##One##Response>(                                         \
      "FindOrCreate" #One, [api](const auto& context, const auto& request) {                                                \
        return api->template FindOrCreate<pb::FindOrCreate##One##Request, pb::FindOrCreate##One##Response>(context, request); \
      });                                                                                                                   \
  (service).Unary<pb::Update##One##Request, pb::One>(                                                                       \
      "Update" #One, [api](const auto& context, const auto& request) { return api->Update(context, request); })
