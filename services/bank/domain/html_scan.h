#pragma once

#include <string>
#include <string_view>

// HTML as people and editors write it, taken apart without ever failing.
namespace assay::bank {

// What an element says about its text, for those who make text of it.
struct MarkupTag {
  // In lower case.
  std::string_view name;
  // Value of its class attribute.
  std::string_view classes;
  // Text that stands for a picture.
  std::string_view alternative;
};

class MarkupSink {
 public:
  virtual ~MarkupSink() = default;
  virtual void Open(const MarkupTag& tag) = 0;
  virtual void Text(std::string_view text) = 0;
  virtual void Close(std::string_view name) = 0;
};

// Hands on the tags and texts of HTML in their order, entities resolved; comments, and what stands in <script> and <style>, are
// left out. Tags need not match.
void ScanHtml(std::string_view html, MarkupSink& sink);

}  // namespace assay::bank
