#include "services/bank/domain/personal_questions.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>

#include "services/bank/domain/personal_phrases.h"
#include "services/bank/domain/text_similarity.h"

namespace assay::bank {
namespace {

// English phrases that ask the person.
constexpr PersonalPattern kAsked[] = {
    {"how old are you", "age"},
    {"your|youre age", "age"},
    {"what age are you", "age"},
    {"date of birth", "age"},
    {"when|where were you born", "age or origin"},
    {"year were you born", "age"},
    {"year did you graduate", "age"},
    {"your birthday|birthdate|birthplace", "age or origin"},
    {"your retirement", "age"},
    {"are you married|single|divorced|engaged", "family"},
    {"your marital|family status", "family"},
    {"your husband|wife|spouse|fiance|boyfriend|girlfriend|children|kids|family|parents|mother|father", "family"},
    {"you have children|kids|dependents", "family"},
    {"you have any children|kids|dependents", "family"},
    {"do you have a family|husband|wife|partner|boyfriend|girlfriend", "family"},
    {"plan|planning to have children|kids|family", "family"},
    {"plan|planning to have a baby|child|family", "family"},
    {"start|starting a family", "family"},
    {"your maiden name", "family"},
    {"your childcare|child care", "family"},
    {"are you pregnant", "pregnancy"},
    {"you become|get|getting|becoming pregnant", "pregnancy"},
    {"your pregnancy", "pregnancy"},
    {"your illness|illnesses|disability|disabilities|medication", "health"},
    {"is|hows your health|weight|height", "health"},
    {"your medical history|condition|conditions", "health"},
    {"your mental health", "health"},
    {"you have a|any disability|disabilities|illness|illnesses", "health"},
    {"are you disabled|sick|ill|healthy|depressed", "health"},
    {"many sick days", "health"},
    {"do you smoke|drink", "health"},
    {"your religion|faith|church|mosque|synagogue|temple", "religion"},
    {"are you religious|christian|muslim|jewish|hindu|buddhist|catholic|atheist", "religion"},
    {"you go to church|mosque|synagogue|temple", "religion"},
    {"religious holidays do you", "religion"},
    {"your nationality|citizenship|ethnicity|caste|accent|ancestry|heritage", "origin"},
    {"is your race", "origin"},
    {"your skin colour|color", "origin"},
    {"your native language", "origin"},
    {"your mother tongue", "origin"},
    {"where are you from", "origin"},
    {"where are you originally|really from", "origin"},
    {"are you a citizen|native|immigrant|foreigner", "origin"},
    {"are you an immigrant|american|indian|european|african|asian", "origin"},
    {"your gender|sexuality|sex|pronouns", "sex"},
    {"your sexual orientation", "sex"},
    {"your gender identity", "sex"},
    {"are you gay|straight|lesbian|bisexual|transgender|queer", "sex"},
    {"who|whom did|do|would you vote for", "politics"},
    {"your political views|party|opinions|beliefs", "politics"},
    {"are|were you in a union", "union"},
    {"your union membership", "union"},
    {"you ever been arrested|convicted", "criminal record"},
    {"your criminal|arrest record", "criminal record"},
    {"your credit score|rating|history", "finances"},
    {"your current|last|previous salary|pay|compensation", "salary history"},
    {"you currently|now earn", "salary history"},
    {"you earn|make at your last|current", "salary history"},
    {"your military discharge", "military service"},
    {"your genetic|genetics", "health"},
    {"you receive|receiving disability|sickness benefits", "health"},
    {"many children|kids do you have", "family"},
    {"planning on having children|kids", "family"},
    {"you a|any trade union", "union"},
    {"you belong to a union", "union"},
    {"you belong to a trade union", "union"},
    {"you a member of a union|party|church", "union, politics or religion"},
    {"you have a criminal record", "criminal record"},
    {"you ever been to|in prison|jail", "criminal record"},
    {"much do|did you earn|make", "salary history"},
    {"are you earning|making now|currently|today", "salary history"},
    {"party do|did|would you vote for", "politics"},
    {"year did you finish|leave school|university|college", "age"},
};

// English words that touch a protected ground wherever the candidate is addressed.
constexpr PersonalPattern kMentioned[] = {
    {"pregnant|pregnancy", "pregnancy"},
    {"marital|divorce|divorced|childcare", "family"},
    {"disability|disabilities|disabled", "health"},
    {"religion|religious|church", "religion"},
    {"nationality|citizenship|ethnicity|caste", "origin"},
    {"sexuality|sexual", "sex"},
    {"retirement", "age"},
};

bool Matches(const std::string& alternatives, const std::string& word) {
  std::istringstream options(alternatives);
  for (std::string option; std::getline(options, option, '|');) {
    if (option == word) return true;
  }
  return false;
}

// The words of the text that match a phrase, starting anywhere; empty when none do.
std::string Find(const std::vector<std::string>& text, const PersonalPattern& phrase) {
  std::vector<std::string> pattern;
  std::istringstream words(phrase.words);
  for (std::string word; words >> word;) pattern.push_back(word);
  for (std::size_t start = 0; start + pattern.size() <= text.size(); ++start) {
    std::string found;
    std::size_t i = 0;
    while (i < pattern.size() && Matches(pattern[i], text[start + i])) {
      found += (i == 0 ? "" : " ") + text[start + i];
      ++i;
    }
    if (i == pattern.size()) return found;
  }
  return "";
}

}  // namespace

std::vector<PersonalPhrase> FindPersonalQuestions(std::string_view text, std::string_view language) {
  std::vector<PersonalPhrase> found;
  const std::vector<PersonalPattern>& local = PersonalPatternsOf(language);
  std::set<std::string> grounds;
  // Sentence by sentence, so that a "you" elsewhere does not count.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(".?!;\n", at), text.size());
    const std::vector<std::string> words = Words(text.substr(at, end - at));
    at = end + 1;
    const auto ask = [&](const PersonalPattern& phrase) {
      const std::string match = Find(words, phrase);
      if (!match.empty() && grounds.insert(phrase.ground).second) found.push_back({match, phrase.ground, true});
    };
    std::for_each(std::begin(kAsked), std::end(kAsked), ask);
    std::for_each(local.begin(), local.end(), ask);
    const bool addressed = !Find(words, {"you|your|youre", ""}).empty();
    for (const PersonalPattern& phrase : kMentioned) {
      const std::string match = addressed ? Find(words, phrase) : "";
      if (!match.empty() && grounds.insert(phrase.ground).second) found.push_back({match, phrase.ground, false});
    }
  }
  return found;
}

}  // namespace assay::bank
