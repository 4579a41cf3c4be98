#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "assay/options.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/runtime/base/error.h"

namespace assay::runtime {

// Checks a message against the (assay.field) options of its type and of every type below it: the rules are read once, at
// construction. All text is held to well-formed UTF-8 without NUL and, in identifiers, without anything but [a-z0-9-];
// numbers must be finite, timestamps within years 1–9999, nesting at most 64 deep. Every violation is reported.
class Validator {
 public:
  explicit Validator(const google::protobuf::Descriptor* type);
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  // INVALID_FIELDS with all violations (at most 100), or OK.
  absl::Status Check(const google::protobuf::Message& message) const;

 private:
  struct FieldPlan;
  struct TypePlan;

  const TypePlan* Compile(const google::protobuf::Descriptor* type);
  void CheckMessage(const google::protobuf::Message& message, const TypePlan& plan, const std::string& path, int depth,
                    Violations& violations) const;
  void CheckValue(const google::protobuf::Message& message, const FieldPlan& plan, int index, const std::string& path,
                  int depth, Violations& violations) const;

  std::map<const google::protobuf::Descriptor*, std::unique_ptr<TypePlan>> plans_;
  const TypePlan* root_ = nullptr;
};

}  // namespace assay::runtime
