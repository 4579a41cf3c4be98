#pragma once

#include <string>
#include <string_view>

// Text as markup and back, so that what a person reads in another system is the same text.
namespace assay::bank {

// Plain text out of markup, put together piece by piece: runs of blanks are one, paragraphs are a blank line apart.
class MarkupText {
 public:
  // Text that is laid out by its markup.
  void Append(std::string_view text);
  // Text whose blanks and line ends count (<pre>).
  void AppendExact(std::string_view text);
  // At least `lines` line ends (1 or 2) before what follows; none at the begin and the end of the whole.
  void Break(int lines);
  // <br>.
  void NewLine() { ++new_lines_; }
  bool empty() const { return text_.empty(); }
  const std::string& text() const { return text_; }

 private:
  // Writes the break or blank that stands before the next character.
  void Flush();

  std::string text_;
  int breaks_ = 0;
  int new_lines_ = 0;
  bool blank_ = false;
};

// Markup that MarkupText makes the same text of, whatever the text: paragraphs, line breaks, and <pre> where blanks count.
std::string BlockMarkup(std::string_view text);

// The same within a line of text, without blocks: <br/> for line ends, <span class="assay-pre"> where blanks count.
std::string InlineMarkup(std::string_view text);

}  // namespace assay::bank
