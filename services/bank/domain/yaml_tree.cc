#include "services/bank/domain/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <fmt/format.h>

#include <istream>
#include <memory>
#include <optional>
#include <streambuf>

#include "services/bank/domain/utf8.h"

namespace assay::bank {
namespace {

// Reads a string_view without copying it.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// Builds the tree from parser events, so that an alias is refused where it stands and never expanded.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlNode& root) : root_(root) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    RefuseAnchor(mark, anchor);
    Add(mark, YamlNode::Kind::kNull);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw YAML::ParserException(mark, "aliases (*name) are not taken; write the value out");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    YamlNode& node = Add(mark, YamlNode::Kind::kScalar);
    node.plain = tag != "!";
    node.scalar = value;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    RefuseAnchor(mark, anchor);
    RefuseTag(mark, tag);
    Open(mark, YamlNode::Kind::kMapping);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  static void RefuseAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != 0) throw YAML::ParserException(mark, "anchors (&name) are not taken; write the value out");
  }

  // The parser reports "?" for a plain scalar or collection and "!" for a quoted scalar.
  static void RefuseTag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw YAML::ParserException(mark, "tags (!name) are not taken; the schema decides the type");
    }
  }

  YamlNode& Add(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (++count_ > kMaxYamlNodes) {
      throw YAML::ParserException(mark, fmt::format("more than {} values; split the file", kMaxYamlNodes));
    }
    // The address of an open node stays good: a parent's vector grows only once its last child is closed.
    YamlNode& node = open_.empty() ? root_ : open_.back()->children.emplace_back();
    node.kind = kind;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind) {
    if (open_.size() >= static_cast<std::size_t>(kMaxYamlDepth)) {
      throw YAML::ParserException(mark, fmt::format("nested deeper than {} levels", kMaxYamlDepth));
    }
    open_.push_back(&Add(mark, kind));
  }

  YamlNode& root_;
  std::vector<YamlNode*> open_;
  std::size_t count_ = 0;
};

// The place of the first byte that no document may hold, if any.
std::optional<YamlProblem> FindBadByte(std::string_view text) {
  int line = 1;
  int column = 1;
  for (std::size_t at = 0; at < text.size();) {
    char32_t code_point = 0;
    const std::size_t length = Utf8SequenceLength(text, at, &code_point);
    if (length == 0) {
      return YamlProblem{{}, line, column, {}, "invalid UTF-8; save the file as UTF-8"};
    }
    const bool control = (code_point < 0x20 && code_point != '\n' && code_point != '\t' && code_point != '\r') ||
                         code_point == 0x7F;
    if (control) {
      return YamlProblem{{},
                         line,
                         column,
                         {},
                         fmt::format("control character U+{:04X}; remove it", static_cast<unsigned>(code_point))};
    }
    if (code_point == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace

bool ParseYamlTree(std::string_view yaml, std::string_view file_name, YamlNode& root,
                   std::vector<YamlProblem>& problems) {
  const auto fail = [&](int line, int column, std::string message) {
    problems.push_back({std::string(file_name), line, column, {}, std::move(message)});
    return false;
  };
  if (yaml.size() > kMaxYamlBytes) {
    return fail(0, 0, fmt::format("{} bytes; at most {} are taken, split the file", yaml.size(), kMaxYamlBytes));
  }
  if (const std::optional<YamlProblem> bad = FindBadByte(yaml)) return fail(bad->line, bad->column, bad->message);
  ViewBuffer buffer(yaml);
  std::istream stream(&buffer);
  try {
    YAML::Parser parser(stream);
    TreeBuilder builder(root);
    if (!parser.HandleNextDocument(builder)) return true;  // Nothing but blanks and comments.
    YamlNode second;
    TreeBuilder rest(second);
    if (parser.HandleNextDocument(rest)) {
      return fail(second.line, second.column, "a second document (after ---); one document per file");
    }
  } catch (const YAML::Exception& error) {
    const bool placed = error.mark.line >= 0;
    // The parser's own words for a stray ? % @ ` or { help nobody.
    const std::string message = error.msg == YAML::ErrorMsg::UNKNOWN_TOKEN
                                    ? "a character that YAML gives a meaning stands here; put the text in quotes"
                                    : error.msg;
    return fail(placed ? error.mark.line + 1 : 0, placed ? error.mark.column + 1 : 0, message);
  }
  return true;
}

}  // namespace assay::bank
