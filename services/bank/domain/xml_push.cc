#include "services/bank/domain/xml_push.h"

#include <fmt/format.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <utility>

#include "services/bank/domain/utf8_stream.h"

namespace assay::bank {
namespace {

// Pieces in which the parser gets a document. After each it is checked whether anything came of it.
constexpr std::size_t kSlice = 16u << 10;
constexpr int kMaxNamespaces = 64;
// The parser hands on a CDATA section when it ends. A longer one is ended and begun again in between.
constexpr std::size_t kCdataPiece = 64u << 10;
constexpr std::string_view kCdataBreak = "]]><![CDATA[";

std::string_view View(const xmlChar* text) {
  return text == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(text));
}

// libxml2 leaves `&amp;` in attributes as "&#38;" where it substitutes no entities.
std::string AttributeValue(const xmlChar* begin, const xmlChar* end) {
  constexpr std::string_view kAmpersand = "&#38;";
  const std::string_view raw(reinterpret_cast<const char*>(begin), static_cast<std::size_t>(end - begin));
  std::string value;
  value.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size();) {
    const bool escaped = raw.substr(at).starts_with(kAmpersand);
    value += raw[at];
    at += escaped ? kAmpersand.size() : 1;
  }
  return value;
}

// What the parser says, on one line and of bounded length.
std::string Message(const xmlError* error) {
  constexpr std::size_t kMost = 200;
  std::string text = error == nullptr || error->message == nullptr ? "not well-formed XML" : error->message;
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (!text.empty() && text.back() == ' ') text.pop_back();
  if (text.size() > kMost) {
    text.resize(kMost);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0) == 0x80) text.pop_back();
    if (!text.empty()) text.pop_back();
    text += "…";
  }
  return text;
}

}  // namespace

std::string_view XmlElement::Attribute(std::string_view attribute) const {
  for (const XmlAttribute& candidate : attributes) {
    if (candidate.name == attribute) return candidate.value;
  }
  return {};
}

struct XmlPush::State {
  explicit State(XmlSink& receiver) : sink(receiver) {
    // Once, before threads use the library side by side.
    static const bool ready = (xmlInitParser(), true);
    static_cast<void>(ready);
    xmlSAXHandler handler = {};
    handler.initialized = XML_SAX2_MAGIC;
    handler.startElementNs = &State::StartElement;
    handler.endElementNs = &State::EndElement;
    handler.characters = &State::Characters;
    handler.ignorableWhitespace = &State::Characters;
    handler.cdataBlock = &State::Characters;
    handler.internalSubset = &State::DocumentType;
    handler.serror = [](void*, xmlErrorPtr) {};
    context = xmlCreatePushParserCtxt(&handler, this, nullptr, 0, nullptr);
    // Without XML_PARSE_HUGE, NOENT, DTDLOAD, DTDATTR and XINCLUDE, which are what makes XML dangerous. The bytes are known to be
    // UTF-8, so that a declaration of another encoding is not believed.
    if (context != nullptr) xmlCtxtUseOptions(context, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  }
  ~State() {
    if (context != nullptr) xmlFreeParserCtxt(context);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void Fail(absl::Status status) {
    if (this->status.ok()) this->status = std::move(status);
    xmlStopParser(context);
  }

  // Names the line.
  void Refuse(std::string_view why) { Fail(absl::InvalidArgumentError(fmt::format("line {}: {}", Line(), why))); }

  int Line() const { return context == nullptr ? 0 : std::max(1, xmlSAX2GetLineNumber(context)); }

  static void StartElement(void* data, const xmlChar* name, const xmlChar*, const xmlChar* space, int namespaces, const xmlChar**,
                           int count, int, const xmlChar** attributes) {
    State& state = *static_cast<State*>(data);
    if (!state.status.ok()) return;
    state.quiet = 0;
    if (++state.depth > kMaxXmlDepth) return state.Refuse(fmt::format("elements stand more than {} deep", kMaxXmlDepth));
    if (count > kMaxXmlAttributes || namespaces > kMaxNamespaces) {
      return state.Refuse(fmt::format("an element has over {} attributes", std::min(count, kMaxXmlAttributes)));
    }
    std::vector<XmlAttribute> list;
    list.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      // Local name, prefix, namespace, begin and end of the value.
      const xmlChar** const at = attributes + 5 * static_cast<std::ptrdiff_t>(i);
      const bool xml = View(at[1]) == "xml";
      list.push_back({(xml ? "xml:" : "") + std::string(View(at[0])), AttributeValue(at[3], at[4])});
    }
    absl::Status status = state.sink.Open({View(name), View(space), list});
    if (!status.ok()) state.Fail(std::move(status));
  }

  static void EndElement(void* data, const xmlChar* name, const xmlChar*, const xmlChar*) {
    State& state = *static_cast<State*>(data);
    if (!state.status.ok()) return;
    state.quiet = 0;
    --state.depth;
    absl::Status status = state.sink.Close(View(name));
    if (!status.ok()) state.Fail(std::move(status));
  }

  static void Characters(void* data, const xmlChar* text, int length) {
    State& state = *static_cast<State*>(data);
    if (!state.status.ok()) return;
    state.quiet = 0;
    absl::Status status = state.sink.Text({reinterpret_cast<const char*>(text), static_cast<std::size_t>(length)});
    if (!status.ok()) state.Fail(std::move(status));
  }

  static void DocumentType(void* data, const xmlChar*, const xmlChar*, const xmlChar*) {
    State& state = *static_cast<State*>(data);
    if (state.status.ok()) {
      state.Refuse("the document has a DOCTYPE; take it out, entities and document types are not read");
    }
  }

  void Parse(std::string_view slice) {
    quiet += slice.size();
    xmlParseChunk(context, slice.data(), static_cast<int>(slice.size()), 0);
    if (status.ok() && context->wellFormed == 0) {
      const xmlError* const error = xmlCtxtGetLastError(context);
      status = absl::InvalidArgumentError(
          fmt::format("line {}: {}", error != nullptr && error->line > 0 ? error->line : Line(), Message(error)));
    }
    if (status.ok() && quiet > kMaxXmlTagBytes) Refuse(fmt::format("a tag or comment of over {} bytes", kMaxXmlTagBytes));
  }

  // Is the parser within a CDATA section that may be broken behind `slice`: not within its end, nor within a character?
  bool BreaksCdata(std::string_view slice) const {
    return status.ok() && quiet > kCdataPiece && context->instate == XML_PARSER_CDATA_SECTION &&
           static_cast<unsigned char>(slice.back()) < 0x80 && slice.back() != ']';
  }

  XmlSink& sink;
  xmlParserCtxtPtr context = nullptr;
  Utf8Stream utf8;
  absl::Status status;
  int depth = 0;
  // Bytes since something came of them.
  std::size_t quiet = 0;
};

XmlPush::XmlPush(XmlSink& sink) : state_(std::make_unique<State>(sink)) {}
XmlPush::~XmlPush() = default;

int XmlPush::line() const { return state_->Line(); }

absl::Status XmlPush::Feed(std::string_view bytes) {
  State& state = *state_;
  if (state.context == nullptr) return absl::ResourceExhaustedError("no memory for reading XML");
  if (state.status.ok()) state.status = state.utf8.Check(bytes);
  while (!bytes.empty() && state.status.ok()) {
    std::string_view slice = bytes.substr(0, kSlice);
    // Up to the last character where a section could be broken, as long as there is more to come anyway.
    const std::size_t end = slice.find_last_of(" \n.,;<>/=\"abcdefghijklmnopqrstuvwxyz");
    if (slice.size() < bytes.size() && end != std::string_view::npos) slice = slice.substr(0, end + 1);
    bytes.remove_prefix(slice.size());
    state.Parse(slice);
    if (state.BreaksCdata(slice)) state.Parse(kCdataBreak);
  }
  return state.status;
}

absl::Status XmlPush::Finish() {
  State& state = *state_;
  if (state.context == nullptr) return absl::ResourceExhaustedError("no memory for reading XML");
  if (state.status.ok()) state.status = state.utf8.Finish();
  if (!state.status.ok()) return state.status;
  xmlParseChunk(state.context, nullptr, 0, 1);
  if (state.status.ok() && state.context->wellFormed == 0) {
    const xmlError* const error = xmlCtxtGetLastError(state.context);
    state.status = absl::InvalidArgumentError(fmt::format("line {}: {}; the document is cut off or damaged", state.Line(), Message(error)));
  }
  return state.status;
}

}  // namespace assay::bank
