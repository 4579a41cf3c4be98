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
// children of a node" are no findings. Knows English, German, French, Spanish, Italian, Portuguese and Dutch (`language`,
// BCP 47; empty = English); English is looked for in every text.
std::vector<PersonalPhrase> FindPersonalQuestions(std::string_view text, std::string_view language = {});

}  // namespace assay::bank
