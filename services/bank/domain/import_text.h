#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// Text handling that the importers of prose and tables share.
namespace assay::bank {

// INVALID_ARGUMENT, naming the line, for a document over kMaxImportBytes, with a NUL byte or
// invalid UTF-8.
absl::Status CheckImportText(std::string_view text);

// The text without a byte order mark.
std::string_view WithoutByteOrderMark(std::string_view text);

// Lines without their LF or CRLF. A trailing newline does not make another line.
std::vector<std::string_view> SplitLines(std::string_view text);

// Without blanks at both ends; no-break spaces count as blanks, because pasted documents are full
// of them.
std::string_view TrimSpace(std::string_view text);

// Lower case of ASCII letters.
std::string AsciiLower(std::string_view text);

bool StartsWithQuote(std::string_view text);

// Removes one pair of straight or curly double quotes around the text. What is only opened or only
// closed stays.
std::string_view WithoutQuotes(std::string_view text);

// True for text that begins and ends with a double quote of its own each.
bool IsQuoted(std::string_view text);

// Without inline markdown: emphasis, code spans, links. LaTeX between $ is left alone.
std::string PlainText(std::string_view text);

// `[a-z0-9-]` of the ASCII letters and digits, at most `max` characters, cut between words; may be
// empty.
std::string Slug(std::string_view text, std::size_t max = 40);

// True for `[a-z0-9][a-z0-9-]{0,62}`.
bool IsIdentifier(std::string_view text);

// Number of code points of valid UTF-8.
std::size_t CodePoints(std::string_view text);

}  // namespace assay::bank
