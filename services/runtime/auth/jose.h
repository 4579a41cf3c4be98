#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <cjose/cjose.h>
#include <jansson.h>

namespace assay::runtime {

// Owners of the C libraries' objects.
struct JoseDelete {
  void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
  void operator()(cjose_jws_t* jws) const { cjose_jws_release(jws); }
  void operator()(json_t* json) const { json_decref(json); }
};
using JwkPtr = std::unique_ptr<cjose_jwk_t, JoseDelete>;
using JwsPtr = std::unique_ptr<cjose_jws_t, JoseDelete>;
using JsonPtr = std::unique_ptr<json_t, JoseDelete>;

// A JSON object without duplicate names; null when `text` is anything else.
inline JsonPtr ParseObject(std::string_view text) {
  JsonPtr json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(json.get()) ? std::move(json) : nullptr;
}

// Member `name` when it is a string, else empty.
inline std::string_view StringMember(const json_t* object, const char* name) {
  const json_t* value = json_object_get(object, name);
  return json_is_string(value) ? std::string_view(json_string_value(value), json_string_length(value)) : std::string_view();
}

}  // namespace assay::runtime
