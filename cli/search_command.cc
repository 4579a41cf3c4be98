#include "cli/search_command.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "assay/bank/v1/question_service.pb.h"
#include "cli/commands.h"
#include "cli/print.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

std::string HitText(const SearchHit& hit) {
  const QuestionContent& content = hit.question().content();
  std::string text = fmt::format("{}  {:.3f}  {}  {}\n    {}\n", hit.question().name(), hit.rank(), Cell(hit.question(), "content.level"),
                                 content.competency(), content.prompt());
  for (const std::string& highlight : hit.highlights()) text += fmt::format("    · {}\n", highlight);
  return text;
}

std::string ResultText(const SearchQuestionsResponse& found, const std::string& query) {
  std::string text;
  if (!found.corrected_query().empty()) text += fmt::format("No question has all of the words \"{}\"; this is for: {}\n\n", query, found.corrected_query());
  for (const SearchHit& hit : found.hits()) text += HitText(hit);
  if (found.hits().empty()) text += "Nothing found.\n";
  for (const Facet& facet : found.facets()) {
    text += fmt::format("\n{}:", facet.field());
    std::vector<std::pair<std::string, int64_t>> counts(facet.counts().begin(), facet.counts().end());
    std::sort(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    for (const auto& [value, count] : counts) text += fmt::format("  {} {}", value, count);
    text += "\n";
  }
  if (!found.next_page_token().empty()) text += "\nThere are more; --limit shows them.\n";
  return text;
}

void AddSearch(CLI::App& group, Session& session) {
  auto request = std::make_shared<SearchQuestionsRequest>();
  auto words = std::make_shared<std::vector<std::string>>();
  auto facets = std::make_shared<std::vector<std::string>>();
  auto limit = std::make_shared<int>(20);
  auto* search = group.add_subcommand("search", "Searches questions by their words, best first")->fallthrough();
  search->add_option("QUERY", *words, "Words; \"a phrase\", -without, one or another; misspelt ones are put right")->required();
  search->add_option("--filter", *request->mutable_filter(), "Such as: level = fresher AND role:mlops");
  search->add_option("--language", *request->mutable_language_code(), "BCP 47 tag of the words; en unless given");
  search->add_option("--facets", *facets, "Fields to count the values of, such as: level,tag")->delimiter(',');
  search->add_option("--limit", *limit, "At most this many")->check(CLI::Range(1, 10'000))->capture_default_str();
  search->callback([=, &session] {
    for (const std::string& word : *words) request->mutable_query()->append((request->query().empty() ? "" : " ") + word);
    for (const std::string& facet : *facets) request->add_facets(facet);
    request->set_page_size(std::min(*limit, 200));
    SearchQuestionsResponse all;
    do {
      const auto page = session.Call<SearchQuestionsResponse>("assay.bank.v1.QuestionService/SearchQuestions", *request);
      if (!page.ok()) return;
      // Counts are of everything found, so those of one page are enough.
      if (request->page_token().empty()) {
        all = *page;
      } else {
        all.mutable_hits()->MergeFrom(page->hits());
        all.set_next_page_token(page->next_page_token());
      }
      request->clear_facets();
      request->set_page_token(page->next_page_token());
    } while (!request->page_token().empty() && all.hits_size() < *limit);
    while (all.hits_size() > *limit) all.mutable_hits()->RemoveLast();
    if (session.options.format.empty() || session.options.format == "table") return session.Write(ResultText(all, request->query()));
    Print(session, all);
  });
}

void AddSimilar(CLI::App& group, Session& session) {
  auto name = std::make_shared<std::string>();
  auto limit = std::make_shared<int>(10);
  auto* similar = group.add_subcommand("similar", "Questions that say nearly the same as one")->fallthrough();
  similar->add_option("NAME", *name)->required();
  similar->add_option("--limit", *limit, "At most this many")->check(CLI::Range(1, 50))->capture_default_str();
  similar->callback([=, &session] {
    ListSimilarQuestionsRequest request;
    request.set_name(name->rfind("questions/", 0) == 0 ? *name : "questions/" + *name);
    request.set_page_size(*limit);
    const auto found = session.Call<ListSimilarQuestionsResponse>("assay.bank.v1.QuestionService/ListSimilarQuestions", request);
    if (!found.ok()) return;
    if (!session.options.format.empty() && session.options.format != "table") return Print(session, *found);
    std::string text;
    for (const SearchHit& hit : found->hits()) text += HitText(hit);
    session.Write(text.empty() ? "Nothing alike.\n" : text);
  });
}

}  // namespace

void AddSearchCommands(CLI::App& questions, Session& session) {
  AddSearch(questions, session);
  AddSimilar(questions, session);
}

}  // namespace assay::cli
