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
//
// Output-only fields are skipped. A number without presence that is zero, where its range begins above zero, is absent. In an update (a request with `update_mask`), `required` inside the resource holds for what
// the mask names, or, without a mask, below what is populated; the resource's own `name` is always needed. A resource name
// may stand at any revision ("questions/q037@3") and below any parent ("interviews/-/scorecards/dana"); a `parent` itself may
// be a wildcard ("interviews/-").
class Validator {
 public:
  explicit Validator(const google::protobuf::Descriptor* type);
  ~Validator();
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  // INVALID_FIELDS with all violations (at most about 100), or OK.
  absl::Status Check(const google::protobuf::Message& message) const;

 private:
  struct FieldPlan;
  struct TypePlan;
  struct Place;

  const TypePlan* Compile(const google::protobuf::Descriptor* type);
  void CheckMessage(const google::protobuf::Message& message, const TypePlan& plan, const Place& place,
                    Violations& violations) const;
  void CheckRepeated(const google::protobuf::Message& message, const FieldPlan& plan, const Place& place,
                     Violations& violations) const;
  void CheckValue(const google::protobuf::Message& message, const FieldPlan& plan, int index, const Place& place,
                  Violations& violations) const;
  void CheckMapEntry(const google::protobuf::Message& entry, const FieldPlan& plan, const Place& place,
                     Violations& violations) const;

  std::map<const google::protobuf::Descriptor*, std::unique_ptr<TypePlan>> plans_;
  const TypePlan* root_ = nullptr;
  // Of an update request: its mask and the resource that it masks.
  const google::protobuf::FieldDescriptor* mask_ = nullptr;
  const google::protobuf::FieldDescriptor* masked_ = nullptr;
};

}  // namespace assay::runtime
