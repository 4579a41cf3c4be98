#include "services/bank/render/pack_index.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <tuple>

#include <fmt/format.h>

#include "services/bank/domain/yaml_names.h"

namespace assay::bank {
namespace {

std::string Capitalised(std::string text) {
  std::replace(text.begin(), text.end(), '_', ' ');
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

template <typename Enum>
std::string NameOf(Enum value, const google::protobuf::EnumDescriptor* type) {
  const auto* known = type->FindValueByNumber(value);
  return known == nullptr || value == 0 ? "" : Capitalised(ShortEnumName(*known));
}

// "3500" thousandths without trailing zeros.
std::string Decimal(int value, int unit) {
  std::string text = fmt::format("{:.3f}", static_cast<double>(value) / unit);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

// "Q37" → ("Q", 37).
std::pair<std::string, long> Numbered(const std::string& ref) {
  const std::size_t digits = std::min(ref.find_first_of("0123456789"), ref.size());
  return {ref.substr(0, digits), digits < ref.size() ? std::strtol(ref.c_str() + digits, nullptr, 10) : 0};
}

template <typename Entries>
std::map<std::string, std::string> NamesOf(const Entries& entries) {
  std::map<std::string, std::string> names;
  for (const auto& entry : entries) names[entry.id()] = entry.display_name().empty() ? entry.id() : entry.display_name();
  return names;
}

}  // namespace

std::string Spoken(v1::Level level) { return NameOf(level, v1::Level_descriptor()); }
std::string Spoken(v1::QuestionKind kind) { return NameOf(kind, v1::QuestionKind_descriptor()); }
std::string Spoken(v1::ProbePurpose purpose) { return NameOf(purpose, v1::ProbePurpose_descriptor()); }
std::string Spoken(v1::StoryKind story) { return NameOf(story, v1::StoryKind_descriptor()); }
std::string Percent(int basis_points) { return Decimal(basis_points, 100) + " %"; }
std::string Clock(int minutes) { return fmt::format("{}:{:02}", minutes / 60, minutes % 60); }

std::string Points(int milli) {
  const std::string text = Decimal(milli, 1000);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

std::string Counted(long long count, std::string_view noun) {
  const std::string digits = std::to_string(count);
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) grouped += ',';
    grouped += digits[i];
  }
  return fmt::format("{} {}{}", grouped, noun, count == 1 ? "" : "s");
}

std::string BasisNotice(const v1::Basis& basis) {
  if (basis.validated()) return "";
  if (!basis.evidence().empty()) return basis.evidence();
  return basis.method().empty() ? "Not validated for your job" : fmt::format("From {}, not validated for your job", basis.method());
}

std::string Alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text;
}

PackIndex::PackIndex(const v1::Pack& pack)
    : pack_(pack), competencies_(NamesOf(pack.competencies())), roles_(NamesOf(pack.roles())), flags_(NamesOf(pack.flags())),
      policies_(NamesOf(pack.policies())), formats_(NamesOf(pack.formats())) {
  std::map<std::string, int> documents;
  struct Placed {
    std::tuple<int, std::string, long, int> at;
    const v1::QuestionContent* question;
  };
  std::vector<Placed> order;
  for (int i = 0; i < pack.questions_size(); ++i) {
    const v1::QuestionContent& question = pack.questions(i);
    questions_.emplace(question.id(), &question);
    const int document = documents.try_emplace(question.source().document(), static_cast<int>(documents.size())).first->second;
    const auto [letters, number] = Numbered(question.source().ref());
    order.push_back({{document, letters, number, i}, &question});
  }
  std::sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return a.at < b.at; });
  std::map<std::string, const v1::SectionGuidance*> guidance;
  for (const v1::SectionGuidance& advice : pack.section_guidance()) guidance.emplace(advice.section(), &advice);
  std::map<std::string, std::size_t> part_at;
  std::map<std::pair<std::string, std::string>, std::size_t> section_at;
  for (const Placed& placed : order) {
    const std::string part = placed.question->part().empty() ? "Questions" : placed.question->part();
    const std::string& section = placed.question->section();
    const auto [p, new_part] = part_at.try_emplace(part, parts_.size());
    if (new_part) parts_.push_back({part, {}});
    std::vector<IndexedSection>& sections = parts_[p->second].sections;
    const auto [s, new_section] = section_at.try_emplace({part, section}, sections.size());
    if (new_section) {
      const auto advice = guidance.find(section);
      sections.push_back({section, advice == guidance.end() ? nullptr : advice->second, {}});
    }
    sections[s->second].questions.push_back(placed.question);
  }
}

const v1::QuestionContent* PackIndex::Question(const std::string& id) const {
  const auto found = questions_.find(id);
  return found == questions_.end() ? nullptr : found->second;
}

std::string PackIndex::Slug(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalnum(letter) != 0) {
      slug += static_cast<char>(std::tolower(letter));
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug;
}

std::vector<FlagGroup> GroupFlags(const v1::Pack& pack) {
  struct Shelf {
    v1::FlagKind kind;
    const char* list;
    const char* title;
    const char* note;
  };
  static constexpr Shelf kShelves[] = {
      {v1::FLAG_KIND_AUTO_NO_HIRE, nullptr, "Automatic no-hire", "Confirmed and applicable, the outcome is No hire whatever the scores are."},
      {v1::FLAG_KIND_RED, "scorecard-template", "Red flags of the scorecard", "Boxes of the scorecard. A flag counts once it is confirmed."},
      {v1::FLAG_KIND_RED, nullptr, "Red flags to watch for", "What weak hires had in common."},
      {v1::FLAG_KIND_GREEN, nullptr, "Green flags to watch for", "What good hires had in common."},
      {v1::FLAG_KIND_STRONG_HIRE_SIGNAL, nullptr, "Strong-hire signals", "Can lift an average below the bar; the signature then needs a reason."},
      {v1::FLAG_KIND_HOLD_SIGNAL, nullptr, "Hold signals", "Reasons to look once more; they change no outcome by themselves."},
      {v1::FLAG_KIND_SENIORITY_GAP, nullptr, "Seniority gap", "Readiness is below the level of the opening."},
  };
  std::vector<FlagGroup> groups;
  std::map<const v1::FlagDefinition*, bool> taken;
  for (const Shelf& shelf : kShelves) {
    FlagGroup group{shelf.title, shelf.note, shelf.kind, {}};
    for (const v1::FlagDefinition& flag : pack.flags()) {
      if (flag.kind() != shelf.kind || (shelf.list != nullptr && flag.list() != shelf.list) || taken[&flag]) continue;
      taken[&flag] = true;
      group.flags.push_back(&flag);
    }
    if (!group.flags.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

}  // namespace assay::bank
