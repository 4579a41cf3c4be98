#include "services/runtime/feed/outbox.h"

#include <cctype>

#include "services/runtime/base/canonical_json.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/ids.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

constexpr std::string_view kPrefix = "EVENT_TYPE_";

const Query kInsertEvents{"outbox_insert", R"sql(
  INSERT INTO outbox (tenant, event_id, aggregate_type, aggregate_id, aggregate_version, type, actor, audience, state, payload,
                      occurred_at)
  SELECT $1, e.event_id, e.aggregate_type, e.aggregate_id, e.aggregate_version, e.type, $2, e.audience, e.state, e.payload, $3
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::smallint[], $10::text[], $11::jsonb[])
    WITH ORDINALITY AS e (event_id, aggregate_type, aggregate_id, aggregate_version, type, audience, state, payload, place)
  ORDER BY e.place
  RETURNING xid, sequence
)sql"};

Json ToJson(const std::map<std::string, std::string>& texts) {
  Json::Object object;
  for (const auto& [key, text] : texts) object.emplace(key, text);
  return object;
}

// The shape of Event's own JSON mapping, so that a reader parses it as one.
std::string Payload(const OutboxEvent& event) {
  Json::Object payload;
  if (!event.annotations.empty()) payload.emplace("annotations", ToJson(event.annotations));
  if (!event.related.empty()) payload.emplace("related", ToJson(event.related));
  return Json(std::move(payload)).Canonical();
}

}  // namespace

std::string EventTypeText(v1::EventType type) {
  std::string text = v1::EventType_Name(type);
  if (type == v1::EVENT_TYPE_UNSPECIFIED || text.empty()) return "";
  text.erase(0, kPrefix.size());
  bool dotted = false;
  for (char& c : text) {
    if (c == '_' && !dotted) {
      c = '.';
      dotted = true;
    } else {
      c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return text;
}

v1::EventType EventTypeFromText(std::string_view text) {
  std::string name(kPrefix);
  for (const char c : text) name.push_back(c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
  v1::EventType type = v1::EVENT_TYPE_UNSPECIFIED;
  v1::EventType_Parse(name, &type);
  return type;
}

absl::StatusOr<FeedPosition> AppendEvents(Tx& tx, const std::string& actor, Instant now,
                                          const std::vector<OutboxEvent>& events) {
  if (events.empty()) return Internal("no events to append");
  std::vector<std::string> ids, aggregate_types, resources, types, states, payloads;
  std::vector<int64_t> versions;
  std::vector<int32_t> audiences;
  for (const OutboxEvent& event : events) {
    ids.push_back(NewUuid(now));
    aggregate_types.push_back(event.aggregate_type);
    resources.push_back(event.resource);
    versions.push_back(event.version);
    types.push_back(EventTypeText(event.type));
    audiences.push_back(event.audience);
    states.push_back(event.state);
    payloads.push_back(Payload(event));
  }
  ASSIGN_OR_RETURN(const Rows rows,
                   tx.Run(kInsertEvents, {tx.tenant(), actor, now, Value::Array(ids), Value::Array(aggregate_types),
                                          Value::Array(resources), Value::Array(versions), Value::Array(types),
                                          Value::Array(audiences), Value::Array(states), Value::Array(payloads)}));
  FeedPosition last;
  for (const Row row : rows) last = std::max(last, FeedPosition{row.Uint64(0), row.Uint64(1)});
  return last;
}

bool AppendsEvents(const Query& query) { return &query == &kInsertEvents; }

}  // namespace assay::runtime
