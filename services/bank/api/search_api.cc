#include "services/bank/api/search_api.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "assay/bank/v1/question_service.pb.h"
#include "services/bank/domain/kit_words.h"
#include "services/bank/domain/search_query.h"
#include "services/bank/domain/search_text.h"
#include "services/bank/domain/text_similarity.h"
#include "services/bank/store/question_store.h"
#include "services/bank/store/search_store.h"
#include "services/runtime/base/error.h"
#include "services/runtime/base/names.h"
#include "services/runtime/base/status_macros.h"
#include "services/runtime/crypto/framing.h"

namespace assay::bank {
namespace {

using runtime::FilterNode;
using runtime::RequestContext;
using runtime::Tx;
using runtime::TxMode;

constexpr size_t kMostSnippets = 3;
constexpr int kSimilarCandidates = 200;
// Two prompts of one trade share this much by chance.
constexpr double kLeastOverlap = 0.2;

bool Names(const FilterNode& node, std::string_view field) {
  return node.field == field ||
         std::any_of(node.children.begin(), node.children.end(), [&](const FilterNode& child) { return Names(child, field); });
}

// What was asked, as words; and what else a page token holds for.
struct Question {
  SearchQuery query;
  std::string language;
  std::optional<runtime::SqlFilter> filter;
  bool retired = false;
};

absl::StatusOr<Question> Decode(const v1::SearchQuestionsRequest& request) {
  Question asked;
  ASSIGN_OR_RETURN(asked.query, ParseSearchQuery(request.query()));
  if (!request.language_code().empty() && !IsLanguageTag(request.language_code())) {
    return runtime::InvalidField("language_code", "is no BCP 47 tag; \"en\", \"de\" and \"pt-BR\" are");
  }
  asked.language = SearchLanguage(request.language_code());
  for (const std::string& facet : request.facets()) {
    if (std::find(SearchFacets().begin(), SearchFacets().end(), facet) == SearchFacets().end()) {
      return runtime::InvalidField("facets", fmt::format("nothing is counted by \"{}\"; there are {}", facet, fmt::join(SearchFacets(), ", ")));
    }
  }
  ASSIGN_OR_RETURN(const FilterNode filter, runtime::ParseFilter(request.filter()));
  const bool any = filter.kind == FilterNode::Kind::kAnd && filter.children.empty();
  if (!any) {
    ASSIGN_OR_RETURN(asked.filter, runtime::CompileFilter(filter, QuestionFields(), 1));
  }
  // Retired questions are found by who asks for states.
  asked.retired = Names(filter, "state");
  return asked;
}

// An id by itself: that question comes first.
std::string IdIn(const SearchQuery& query) {
  if (query.alternatives.size() != 1 || query.alternatives[0].size() != 1) return "";
  std::string id = query.alternatives[0][0].text;
  for (char& c : id) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return runtime::IsIdentifier(id) ? id : "";
}

// The query with words that nobody uses replaced by the nearest that somebody does; nullopt where there is nothing to replace.
absl::StatusOr<std::optional<SearchQuery>> Corrected(Tx& tx, const Question& asked, const std::map<size_t, std::string>& unknown) {
  SearchQuery corrected = asked.query;
  const std::vector<SearchTerm*> terms = CorrectableTerms(corrected);
  bool changed = false;
  for (const auto& [place, word] : unknown) {
    ASSIGN_OR_RETURN(const auto candidates, WordsLike(tx, asked.language, word));
    const auto nearest = NearestWord(word, candidates);
    if (!nearest.has_value()) continue;
    terms[place]->text = *nearest;
    // A word put right is a whole one.
    if (terms[place] == &corrected.alternatives.back().back()) corrected.open_end = false;
    changed = true;
  }
  return changed ? std::optional(std::move(corrected)) : std::nullopt;
}

class SearchApi {
 public:
  explicit SearchApi(BankParts& parts) : parts_(parts) {}

  absl::StatusOr<v1::SearchQuestionsResponse> Search(const RequestContext& context, const v1::SearchQuestionsRequest& request) {
    ASSIGN_OR_RETURN(const Question asked, Decode(request));
    const std::string pinned = runtime::Framed({request.query(), request.filter(), asked.language});
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, pinned, request.page_size(), request.page_token()));
    return runtime::Transact<v1::SearchQuestionsResponse>(
        parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<v1::SearchQuestionsResponse> {
          v1::SearchQuestionsResponse response;
          SearchQuery query = asked.query;
          ASSIGN_OR_RETURN(Understood understood, Understand(tx, asked.language, query));
          ASSIGN_OR_RETURN(auto corrected, Corrected(tx, asked, understood.unknown));
          if (corrected.has_value()) {
            query = *std::move(corrected);
            response.set_corrected_query(PrintSearchQuery(query));
            ASSIGN_OR_RETURN(understood, Understand(tx, asked.language, query));
          }
          if (understood.match.empty()) {
            return runtime::InvalidField("query", "holds only words that are too common to look for; add one that tells more");
          }
          const Wanted wanted{asked.language, understood.match, IdIn(query), asked.retired, asked.filter};
          ASSIGN_OR_RETURN(auto hits, FindQuestions(tx, wanted, page));
          if (static_cast<int>(hits.size()) > page.size) {
            hits.resize(page.size);
            response.set_next_page_token(parts_.pages.Seal(context, pinned, {hits.back().rank_text, hits.back().id}));
          }
          RETURN_IF_ERROR(AddHits(tx, hits, response));
          RETURN_IF_ERROR(AddSnippets(tx, asked.language, understood.marked, WantedWords(query), response));
          RETURN_IF_ERROR(AddFacets(tx, wanted, request, response));
          return response;
        });
  }

  absl::StatusOr<v1::ListSimilarQuestionsResponse> Similar(const RequestContext& context, const v1::ListSimilarQuestionsRequest& request) {
    ASSIGN_OR_RETURN(const auto parts, runtime::ParseName("questions/*", request.name()));
    ASSIGN_OR_RETURN(const auto name, runtime::ParseRevision(parts[0]));
    // Its page size only: the list is short and has no further pages.
    ASSIGN_OR_RETURN(const auto page, parts_.pages.Open(context, request.name(), request.page_size(), "", 10, 50));
    return runtime::Transact<v1::ListSimilarQuestionsResponse>(
        parts_.pool, TxMode::kReadOnly, context.tenant(), context.deadline, [&](Tx& tx) -> absl::StatusOr<v1::ListSimilarQuestionsResponse> {
          ASSIGN_OR_RETURN(const StoredQuestion subject, ReadQuestion(tx, name.id, name.revision));
          const v1::QuestionContent& content = subject.question.content();
          const std::string language = SearchLanguage(content.language_code());
          ASSIGN_OR_RETURN(auto ids, QuestionsSharingWords(tx, language, content.prompt(), kSimilarCandidates + 1));
          ids.erase(std::remove(ids.begin(), ids.end(), subject.id), ids.end());
          ASSIGN_OR_RETURN(const auto candidates, ReadQuestions(tx, ids));
          std::vector<std::string> texts;
          for (const StoredQuestion& candidate : candidates) texts.push_back(ComparedText(candidate.question.content(), language));
          const std::vector<double> overlaps = Overlaps(ComparedText(content, language), texts);
          std::vector<size_t> order;
          for (size_t i = 0; i < candidates.size(); ++i) {
            if (overlaps[i] >= kLeastOverlap) order.push_back(i);
          }
          std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
            return overlaps[a] != overlaps[b] ? overlaps[a] > overlaps[b] : candidates[a].id < candidates[b].id;
          });
          if (static_cast<int>(order.size()) > page.size) order.resize(page.size);
          v1::ListSimilarQuestionsResponse response;
          for (const size_t i : order) {
            v1::SearchHit& hit = *response.add_hits();
            *hit.mutable_question() = candidates[i].question;
            hit.set_rank(overlaps[i]);
          }
          return response;
        });
  }

 private:
  // What the lint compares too, in a language that the question has or else in its own.
  static std::string ComparedText(const v1::QuestionContent& content, const std::string& language) {
    std::string prompt = content.prompt();
    std::string scenario = content.scenario();
    if (SearchLanguage(content.language_code()) != language) {
      for (const v1::QuestionTranslation& translation : content.translations()) {
        if (SearchLanguage(translation.language_code()) != language) continue;
        prompt = translation.prompt();
        if (!translation.scenario().empty()) scenario = translation.scenario();
        break;
      }
    }
    return scenario.empty() ? prompt : prompt + ' ' + scenario;
  }

  static absl::Status AddHits(Tx& tx, const std::vector<Hit>& hits, v1::SearchQuestionsResponse& response) {
    std::vector<std::string> ids;
    for (const Hit& hit : hits) ids.push_back(hit.id);
    ASSIGN_OR_RETURN(auto questions, ReadQuestions(tx, ids));
    std::map<std::string, StoredQuestion*> by_id;
    for (StoredQuestion& question : questions) by_id.emplace(question.id, &question);
    for (const Hit& found : hits) {
      const auto question = by_id.find(found.id);
      if (question == by_id.end()) continue;
      v1::SearchHit& hit = *response.add_hits();
      *hit.mutable_question() = std::move(question->second->question);
      hit.set_rank(found.rank);
    }
    return absl::OkStatus();
  }

  // Of the questions on the page alone; in one statement.
  static absl::Status AddSnippets(Tx& tx, const std::string& language, const std::string& marked, const std::vector<std::string>& words,
                                  v1::SearchQuestionsResponse& response) {
    std::vector<std::string> texts;
    std::vector<v1::SearchHit*> owners;
    for (v1::SearchHit& hit : *response.mutable_hits()) {
      for (std::string& source : SnippetSources(hit.question().content(), language)) {
        if (!MayHold(source, words, language)) continue;
        texts.push_back(std::move(source));
        owners.push_back(&hit);
      }
    }
    ASSIGN_OR_RETURN(auto snippets, Highlight(tx, language, marked, texts));
    for (size_t i = 0; i < snippets.size(); ++i) {
      if (!snippets[i].empty() && owners[i]->highlights_size() < static_cast<int>(kMostSnippets)) {
        owners[i]->add_highlights(std::move(snippets[i]));
      }
    }
    return absl::OkStatus();
  }

  static absl::Status AddFacets(Tx& tx, const Wanted& wanted, const v1::SearchQuestionsRequest& request, v1::SearchQuestionsResponse& response) {
    if (request.facets().empty()) return absl::OkStatus();
    const std::vector<std::string> fields(request.facets().begin(), request.facets().end());
    ASSIGN_OR_RETURN(const auto counts, CountFacets(tx, wanted, fields));
    for (const std::string& field : fields) {
      v1::Facet& facet = *response.add_facets();
      facet.set_field(field);
      for (const FacetCount& count : counts) {
        if (count.field == field) (*facet.mutable_counts())[count.value] = count.count;
      }
    }
    return absl::OkStatus();
  }

  BankParts& parts_;
};

}  // namespace

void BindSearch(runtime::Service& service, BankParts& parts) {
  auto api = std::make_shared<SearchApi>(parts);
  service.Unary<v1::SearchQuestionsRequest, v1::SearchQuestionsResponse>(
      "SearchQuestions", [api](const auto& context, const auto& request) { return api->Search(context, request); });
  service.Unary<v1::ListSimilarQuestionsRequest, v1::ListSimilarQuestionsResponse>(
      "ListSimilarQuestions", [api](const auto& context, const auto& request) { return api->Similar(context, request); });
}

}  // namespace assay::bank
