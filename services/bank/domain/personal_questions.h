#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::bank {

// A phrase that asks a candidate about something that employment law in many places keeps out of interviews.
struct PersonalPhrase {
  // The phrase as found, in lower case.
  std::string phrase;
  // "age", "family", "health" …
  std::string ground;
  // True: asks the person, never fine. False: a protected ground is mentioned next to "you"; a human should look.
  bool certain = false;
};

// Looks through what is said to a candidate, whole words only: "the age of a feature", "a race condition" and "the
// children of a node" are no findings.
std::vector<PersonalPhrase> FindPersonalQuestions(std::string_view text);

}  // namespace assay::bank
