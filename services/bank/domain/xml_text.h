#pragma once

#include <string>
#include <string_view>

namespace assay::bank {

// Text for the content of an element or an attribute in double quotes. What XML 1.0 cannot hold (control characters other than tab
// and line ends, U+FFFE, U+FFFF) becomes U+FFFD. Also right for HTML.
std::string EscapeXml(std::string_view text);

// At most `max` code points of a text on one line, for titles; "…" where something was left out.
std::string OneLine(std::string_view text, std::size_t max);

}  // namespace assay::bank
