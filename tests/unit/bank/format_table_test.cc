// The table format × field of docs/formats.md: made from the code, and held to it. Every field that it calls kept is written and
// read back for every question of the bundled pack; every field that it does not is looked for and must not be there.

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "services/bank/domain/field_text.h"
#include "services/bank/domain/format_fields.h"
#include "services/bank/domain/guide_import.h"
#include "services/bank/domain/pack_yaml.h"
#include "services/bank/render/pack_html.h"
#include "services/bank/render/pack_markdown.h"
#include "tests/unit/bank/format_support.h"

namespace assay::bank {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr char kDoc[] = ASSAY_SOURCE_DIR "/docs/formats.md";
constexpr std::string_view kBegin = "<!-- table: ASSAY_UPDATE_GOLDEN=1 build/bin/unit_bank_formats_test -->\n";
constexpr std::string_view kEnd = "<!-- end of table -->\n";

std::string ReadDoc() {
  std::ifstream file(kDoc, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(FormatTable, DocsFormatsMdIsInSync) {
  std::string doc = ReadDoc();
  const std::size_t begin = doc.find(kBegin);
  const std::size_t end = doc.find(kEnd);
  ASSERT_NE(begin, std::string::npos);
  ASSERT_NE(end, std::string::npos);
  const std::size_t from = begin + kBegin.size();
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    doc.replace(from, end - from, FormatTable());
    std::ofstream(kDoc, std::ios::binary) << doc;
  }
  const std::string now = ReadDoc();
  EXPECT_EQ(now.substr(from, now.find(kEnd) - from), FormatTable()) << "run ASSAY_UPDATE_GOLDEN=1 build/bin/unit_bank_formats_test";
}

// Values of a field that a path leads to, in their order, those of unset messages left out.
void Collect(const Message& message, std::string_view path, std::vector<std::string>& values) {
  const std::string name(path.substr(0, path.find('.')));
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
  ASSERT_NE(field, nullptr) << path;
  const auto& r = *message.GetReflection();
  if (name.size() < path.size()) {
    const std::string_view rest = path.substr(name.size() + 1);
    if (!field->is_repeated() && r.HasField(message, field)) Collect(r.GetMessage(message, field), rest, values);
    for (int i = 0; field->is_repeated() && i < r.FieldSize(message, field); ++i) Collect(r.GetRepeatedMessage(message, field, i), rest, values);
    return;
  }
  if (!field->is_repeated() && r.HasField(message, field)) values.push_back(FieldText(message, *field));
  for (int i = 0; field->is_repeated() && i < r.FieldSize(message, field); ++i) values.push_back(FieldText(message, *field, i));
}

std::vector<std::string> Values(const v1::QuestionContent& question, const std::string& path) {
  std::vector<std::string> values;
  Collect(question, path, values);
  return values;
}

// Every question of the bundled pack, and one that has every field.
const v1::Pack& TestPack() {
  static const auto* const kPack = [] {
    auto loaded = LoadPack(ASSAY_SOURCE_DIR "/packs/ai-engineer");
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    auto* pack = new v1::Pack(loaded.ok() ? *std::move(loaded) : v1::Pack());
    v1::QuestionContent full = FullQuestion([](const std::string& path, int count) { return "token" + std::to_string(count) + "x of " + path; });
    full.set_language_code("de");
    *pack->add_questions() = full;
    return pack;
  }();
  return *kPack;
}

// Formulas stay as they are.
std::string Html(const v1::Pack& pack) {
  return RenderPackHtml(pack, [](const auto&) -> absl::StatusOr<std::vector<MathMarkup>> { return absl::UnavailableError("no converter"); });
}

std::string Document(v1::PackFormat format) {
  const v1::Pack& pack = TestPack();
  std::string document;
  switch (format) {
    case v1::PACK_FORMAT_PACK: return ToYaml(pack);
    case v1::PACK_FORMAT_JSON: EXPECT_TRUE(google::protobuf::util::MessageToJsonString(pack, &document).ok()); return document;
    case v1::PACK_FORMAT_PROTOBUF: return pack.SerializeAsString();
    default: break;
  }
  auto writer = MakePackWriter(format);
  EXPECT_TRUE(writer.ok()) << writer.status();
  return WriteAll(**writer, {pack.questions().begin(), pack.questions().end()});
}

TEST(FormatTable, EveryFieldThatAFormatKeepsComesBackForEveryQuestionOfThePack) {
  int formats = 0;
  for (const FormatInfo& format : PackFormats()) {
    if (!format.is_read || !format.is_written) continue;
    SCOPED_TRACE(std::string(format.name));
    ++formats;
    auto reader = MakeDocumentReader(format.format);
    ASSERT_TRUE(reader.ok()) << reader.status();
    const Recorder read = ReadWhole(*std::move(reader), Document(format.format), 100000);
    ASSERT_EQ(read.questions.size(), static_cast<std::size_t>(TestPack().questions_size())) << read.Reasons();
    for (const std::string& path : QuestionFieldPaths()) {
      SCOPED_TRACE(path);
      EXPECT_FALSE(Values(*TestPack().questions().rbegin(), path).empty()) << "the full question must show it";
      for (std::size_t i = 0; i < read.questions.size(); ++i) {
        const auto& written = TestPack().questions(static_cast<int>(i));
        if (HeldBy(format.format, path) == Holding::kKept) {
          EXPECT_EQ(Values(read.questions[i], path), Values(written, path)) << written.id();
        } else if (HeldBy(format.format, path) == Holding::kNot) {
          EXPECT_TRUE(Values(read.questions[i], path).empty()) << written.id();
        }
      }
    }
  }
  EXPECT_GE(formats, 7);
}

TEST(FormatTable, HoldsEveryFieldInEveryFormatThatIsReadAndWritten) {
  for (const FormatInfo& format : PackFormats()) {
    if (!format.is_read || !format.is_written) continue;
    for (const std::string& path : QuestionFieldPaths()) EXPECT_EQ(HeldBy(format.format, path), Holding::kKept) << format.name << " " << path;
  }
}

TEST(FormatTable, TheGuideGivesWhatTheTableSaysAndNothingElse) {
  std::vector<v1::QuestionContent> questions;
  for (const char* const name : {"guide-synthetic.txt", "unseen-guide-nurses.txt", "unseen-guide-electricians.txt"}) {
    auto import = ImportGuide(ReadTestData(name));
    ASSERT_TRUE(import.ok()) << name << import.status();
    questions.insert(questions.end(), import->questions.begin(), import->questions.end());
  }
  for (const std::string& path : QuestionFieldPaths()) {
    std::size_t with = 0;
    for (const auto& question : questions) with += Values(question, path).empty() ? 0 : 1;
    if (HeldBy(v1::PACK_FORMAT_GUIDE, path) == Holding::kNot) {
      EXPECT_EQ(with, 0u) << path;
    } else {
      EXPECT_GT(with, 0u) << path;
    }
  }
}

// Clears what a path leads to; what it leads through stays.
void Clear(Message& message, std::string_view path) {
  const std::string name(path.substr(0, path.find('.')));
  const FieldDescriptor* const field = message.GetDescriptor()->FindFieldByName(name);
  const auto& r = *message.GetReflection();
  if (name.size() == path.size()) return r.ClearField(&message, field);
  const std::string_view rest = path.substr(name.size() + 1);
  if (!field->is_repeated()) return Clear(*r.MutableMessage(&message, field), rest);
  for (int i = 0; i < r.FieldSize(message, field); ++i) Clear(*r.MutableRepeatedMessage(&message, field, i), rest);
}

// Sets every bool, and every enum to its value `number`, where they are set.
void SetChoices(Message& message, bool truth, int number) {
  const auto& r = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  r.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    for (int i = 0; i < (field->is_repeated() ? r.FieldSize(message, field) : 1); ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        SetChoices(field->is_repeated() ? *r.MutableRepeatedMessage(&message, field, i) : *r.MutableMessage(&message, field), truth, number);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
        r.SetBool(&message, field, truth);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
        r.SetEnumValue(&message, field, number);
      }
    }
  }
}

// Questions that have a field in some company: of everything, or of nothing, with choices one way or the other.
std::vector<v1::QuestionContent> WithField(const std::string& path) {
  std::vector<v1::QuestionContent> questions;
  for (const bool alone : {false, true}) {
    for (const bool truth : {true, false}) {
      for (const int number : {1, 2}) {
        v1::QuestionContent question = *TestPack().questions().rbegin();
        for (const std::string& other : QuestionFieldPaths()) {
          if (alone && other != path && other != "id" && other != "prompt") Clear(question, other);
        }
        SetChoices(question, truth, number);
        questions.push_back(question);
      }
    }
  }
  questions.push_back(*TestPack().questions().rbegin());
  return questions;
}

TEST(FormatTable, PagesForPeopleShowWhatTheTableCallsTextAndNothingElse) {
  v1::Pack pack = TestPack();
  pack.clear_questions();
  pack.add_questions();
  for (const v1::PackFormat format : {v1::PACK_FORMAT_HTML, v1::PACK_FORMAT_MARKDOWN}) {
    const auto render = [&](const v1::QuestionContent& question) {
      *pack.mutable_questions(0) = question;
      return format == v1::PACK_FORMAT_HTML ? Html(pack) : RenderPackMarkdown(pack);
    };
    for (const std::string& path : QuestionFieldPaths()) {
      bool shown = false;
      for (const v1::QuestionContent& question : WithField(path)) {
        v1::QuestionContent without = question;
        Clear(without, path);
        shown = shown || render(question) != render(without);
      }
      EXPECT_EQ(shown, HeldBy(format, path) == Holding::kAsText) << v1::PackFormat_Name(format) << " " << path;
    }
  }
}

}  // namespace
}  // namespace assay::bank
