#pragma once

#include <map>
#include <string>
#include <vector>

namespace assay::cli {

// What an interviewer of the demo thought of one area: a score per question in turn (0 = not assessed) and a note each.
struct Impression {
  std::vector<int> scores;
  std::vector<std::string> notes;
};

struct DemoCard {
  std::string interviewer;  // id
  std::map<std::string, Impression> areas;  // by competency id
  std::vector<std::string> strengths;
  std::vector<std::string> concerns;
  std::string recommendation;  // HIRE …
};

struct DemoFlag {
  std::string interviewer;
  std::string flag;
  std::string evidence;
  bool critical = false;
};

struct DemoCandidate {
  std::string id;
  std::string display_name;
  std::string email;
  std::vector<DemoCard> technical;
  std::vector<DemoCard> design;
  std::vector<DemoFlag> flags;
};

struct DemoInterviewer {
  std::string id;
  std::string display_name;
};

const std::vector<DemoInterviewer>& DemoInterviewers();
// Three invented people: one is hired, one held, one turned down.
const std::vector<DemoCandidate>& DemoCandidates();

}  // namespace assay::cli
