#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// XML read as its bytes arrive.
namespace assay::bank {

// Limits of an XML document; they bound memory and time on hostile input. Its text as a whole has none: whoever collects
// text bounds what he keeps.
inline constexpr int kMaxXmlDepth = 100;
inline constexpr int kMaxXmlAttributes = 256;
// Of one tag, comment or processing instruction.
inline constexpr std::size_t kMaxXmlTagBytes = 256u << 10;

struct XmlAttribute {
  // Without prefix; "xml:lang" for that one.
  std::string name;
  std::string value;
};

struct XmlElement {
  // Without prefix.
  std::string_view name;
  // Namespace, empty when there is none.
  std::string_view space;
  const std::vector<XmlAttribute>& attributes;

  // Value of an attribute, empty when it is absent.
  std::string_view Attribute(std::string_view attribute) const;
};

// Takes the parts of a document in its order. An error ends the reading with it.
class XmlSink {
 public:
  virtual ~XmlSink() = default;
  virtual absl::Status Open(const XmlElement& element) = 0;
  // A piece of text; CDATA sections are text.
  virtual absl::Status Text(std::string_view text) = 0;
  virtual absl::Status Close(std::string_view name) = 0;
};

// Reads one UTF-8 document. Nothing is fetched and no entity but the five of XML is known: a document type declaration, and with
// it every entity declaration, is refused. INVALID_ARGUMENT, with the line, for what is not well formed or over a limit.
class XmlPush {
 public:
  explicit XmlPush(XmlSink& sink);
  ~XmlPush();
  XmlPush(const XmlPush&) = delete;
  XmlPush& operator=(const XmlPush&) = delete;

  absl::Status Feed(std::string_view bytes);
  // The document has ended.
  absl::Status Finish();
  // Line that is being read, from 1.
  int line() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::bank
