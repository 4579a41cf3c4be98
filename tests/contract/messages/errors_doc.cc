#include "tests/contract/messages/errors_doc.h"

#include <map>
#include <vector>

#include "assay/options.pb.h"
#include "assay/runtime/v1/errors.pb.h"

namespace assay {
namespace {

constexpr char kHead[] = R"(# Errors

<!-- Made from proto/assay/runtime/v1/errors.proto: ASSAY_UPDATE_GOLDEN=1 build/bin/contract_messages_test -->

Every error of every service is a `google.rpc.Status`. Its details hold `ErrorInfo` with domain `assay` and one of the reasons
below; where fields are wrong, `BadRequest` with every one of them (as many as 4 KiB hold, then one without a field that counts the
others); where waiting helps, `RetryInfo`. Act on the code and the reason: messages are for people and may be reworded.

A caller without a scope that the method needs gets `PERMISSION_DENIED` whatever it names. With the scope, what it may not see is
`NOT_FOUND`, exactly as if it did not exist.

| reason | code | meaning | metadata |
|---|---|---|---|
)";

std::string Cell(std::string text) {
  for (size_t at = text.find('|'); at != std::string::npos; at = text.find('|', at + 2)) text.replace(at, 1, "\\|");
  return text;
}

}  // namespace

std::string ErrorsDoc() {
  const auto* reasons = runtime::v1::ErrorReason_descriptor();
  std::string doc = kHead;
  std::string examples;
  constexpr size_t kPrefix = sizeof("ERROR_REASON_") - 1;
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto* value = reasons->value(i);
    if (value->number() == runtime::v1::ERROR_REASON_UNSPECIFIED) continue;
    const ErrorRules& rules = value->options().GetExtension(error);
    const std::string reason = value->name().substr(kPrefix);
    std::string metadata;
    for (const std::string& key : rules.metadata()) metadata += (metadata.empty() ? "`" : ", `") + key + "`";
    doc += "| `" + reason + "` | " + rules.code() + " | " + Cell(rules.meaning()) + " | " + metadata + " |\n";
    examples += "    " + reason + ": " + rules.example() + "\n";
  }
  return doc + "\n## What the messages look like\n\n" + examples;
}

}  // namespace assay
