#pragma once

#include <string_view>
#include <vector>

namespace assay::bank {

// Words separated by spaces, alternatives by |, in lower case and without apostrophes. The grounds follow the EEOC's list of
// prohibited practices, the EU directives 2000/43, 2000/78 and 2006/54, and common salary-history and criminal-record bans.
struct PersonalPattern {
  const char* words;
  const char* ground;
};

// Phrases by which a person is asked, in a language other than English: "de", "de-CH", "fr" …; none for languages that are
// not known here.
const std::vector<PersonalPattern>& PersonalPatternsOf(std::string_view language);

}  // namespace assay::bank
