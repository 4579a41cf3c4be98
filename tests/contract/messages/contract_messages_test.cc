#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "assay/options.pb.h"
#include "assay/runtime/v1/errors.pb.h"
#include "google/api/annotations.pb.h"
#include "google/rpc/code.pb.h"
#include "tests/contract/messages/errors_doc.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

const fs::path kRoot = ASSAY_SOURCE_DIR;

std::string Read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// The file's content, which is first replaced by `now` when somebody asks for that.
std::string Golden(const fs::path& path, const std::string& now) {
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << now;
  return Read(path);
}

std::vector<const pb::ServiceDescriptor*> Services() {
  std::vector<const pb::ServiceDescriptor*> services;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "proto/assay")) {
    if (entry.path().extension() != ".proto") continue;
    const auto* file = pb::DescriptorPool::generated_pool()->FindFileByName(fs::relative(entry.path(), kRoot / "proto").string());
    if (file == nullptr) continue;
    for (int i = 0; i < file->service_count(); ++i) services.push_back(file->service(i));
  }
  return services;
}

TEST(JsonMapping, IsWhatTheGoldenFilesSay) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "tests/contract/golden")) {
    const std::string type = entry.path().stem().string();
    SCOPED_TRACE(type);
    const auto* descriptor = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(type);
    ASSERT_NE(descriptor, nullptr);
    const std::unique_ptr<pb::Message> message(pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    const std::string golden = Read(entry.path());
    const auto parsed = pb::util::JsonStringToMessage(golden, message.get());
    ASSERT_TRUE(parsed.ok()) << parsed.ToString();
    // Through the wire and back, so that presence of zero values is pinned too.
    const std::unique_ptr<pb::Message> received(message->New());
    ASSERT_TRUE(received->ParseFromString(message->SerializeAsString()));
    pb::util::JsonPrintOptions options;
    options.add_whitespace = true;
    std::string printed;
    ASSERT_TRUE(pb::util::MessageToJsonString(*received, &printed, options).ok());
    EXPECT_EQ(Golden(entry.path(), printed), printed);
    ++files;
  }
  EXPECT_GE(files, 5);
}

TEST(ErrorCatalogue, DocsErrorsMdIsInSync) {
  const std::string doc = ErrorsDoc();
  EXPECT_EQ(Golden(kRoot / "docs/errors.md", doc), doc) << "run ASSAY_UPDATE_GOLDEN=1 build/bin/contract_messages_test";
}

TEST(ErrorCatalogue, EveryReasonHasACodeAMeaningAndAnExample) {
  const auto* reasons = runtime::v1::ErrorReason_descriptor();
  for (int i = 0; i < reasons->value_count(); ++i) {
    const auto* value = reasons->value(i);
    if (value->number() == runtime::v1::ERROR_REASON_UNSPECIFIED) continue;
    SCOPED_TRACE(value->name());
    const ErrorRules& rules = value->options().GetExtension(error);
    google::rpc::Code code;
    EXPECT_TRUE(google::rpc::Code_Parse(rules.code(), &code)) << rules.code();
    EXPECT_THAT(rules.meaning(), testing::EndsWith("."));
    EXPECT_FALSE(rules.example().empty());
    // AIP-193: [A-Z][A-Z0-9_]+[A-Z0-9], at most 63.
    EXPECT_THAT(value->name(), testing::MatchesRegex("ERROR_REASON_[A-Z][A-Z0-9_]{1,61}[A-Z0-9]"));
  }
}

TEST(Methods, NameTheScopesTheyNeed) {
  const auto services = Services();
  EXPECT_GE(services.size(), 20u);
  for (const auto* service : services) {
    // Served by a customer's own model, not by us.
    if (service->file()->package() == "assay.assist.v1") continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method_descriptor = service->method(i);
      EXPECT_GT(method_descriptor->options().GetExtension(method).scopes_size(), 0) << method_descriptor->full_name();
    }
  }
}

TEST(Methods, ThatChangeSomethingTakeARequestId) {
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* one = service->method(i);
      if (!one->options().GetExtension(method).mutation() || one->client_streaming()) continue;
      EXPECT_NE(one->input_type()->FindFieldByName("request_id"), nullptr) << one->full_name();
    }
  }
}

TEST(Methods, ThatAreUnaryAreReachableOverHttp) {
  for (const auto* service : Services()) {
    if (service->file()->package() == "assay.assist.v1") continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* one = service->method(i);
      if (one->client_streaming() || one->server_streaming()) continue;
      EXPECT_TRUE(one->options().HasExtension(google::api::http)) << one->full_name();
    }
  }
}

// Every list can be paged from the first release on.
TEST(Methods, ThatListArePaged) {
  for (const auto* service : Services()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* one = service->method(i);
      const auto* page_size = one->input_type()->FindFieldByName("page_size");
      if (one->name().rfind("List", 0) != 0 || page_size == nullptr) continue;
      // The feed pages by cursor; of similar questions only the nearest few are told.
      if (one->name() == "ListEvents" || one->name() == "ListSimilarQuestions") continue;
      EXPECT_NE(one->input_type()->FindFieldByName("page_token"), nullptr) << one->full_name();
      EXPECT_NE(one->output_type()->FindFieldByName("next_page_token"), nullptr) << one->full_name();
    }
  }
}

}  // namespace
}  // namespace assay
