#include "bench/generate.h"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <cmath>
#include <thread>

#include "services/runtime/base/status_macros.h"
#include "tests/support/generated_bank.h"

namespace assay::bench {
namespace {

constexpr testing::GeneratedBank kBank{.questions = 100'000};
constexpr size_t kChunk = 256 * 1024;
constexpr std::array kOnsets{"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "tr", "st", "pl", "gr", "cl", "sh", "th"};
constexpr std::array kVowels{"a", "e", "i", "o", "u", "ea", "io", "ou"};
constexpr std::array kCodas{"", "n", "r", "s", "t", "l", "m", "ck", "nd", "st"};

// Steele, Lea, Flood 2014.
uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

class Draw {
 public:
  explicit Draw(uint64_t seed) : state_(Mix(seed)) {}
  // Zipf's law: the word of rank r comes about 1/r as often as the first.
  std::string Word() {
    state_ = Mix(state_);
    const double uniform = static_cast<double>(state_ >> 11) / 9007199254740992.0;
    return GeneratedWord(static_cast<int>(std::pow(kWords, uniform)) - 1);
  }
  std::string Words(int count) {
    std::string text = Word();
    for (int i = 1; i < count; ++i) text += " " + Word();
    return text;
  }

 private:
  uint64_t state_;
};

// How rows of a table are copied within it for another tenant, so many times where they are of one question each.
std::string CopyStatement(const std::string& table, const std::vector<std::vector<std::string>>& columns, int copies) {
  std::string names, values;
  bool of_question = false;
  for (const auto& column : columns) {
    const std::string& name = column[0];
    names += (names.empty() ? "" : ", ") + name;
    std::string value = name;
    if (name == "tenant") value = SqlQuoted(kLargeTenant);
    if (name == "uid") value = "gen_random_uuid()";
    if (name == "id" || name == "question") {
      value = name + " || '-' || n";
      of_question = true;
    }
    values += (values.empty() ? "" : ", ") + value;
  }
  return fmt::format("INSERT INTO {0} ({1}) SELECT {2} FROM {0}, generate_series(1, {3}) n WHERE tenant = '{4}'", table, names, values,
                     of_question ? copies : 1, kGeneratedTenant);
}

}  // namespace

std::string GeneratedWord(int rank) {
  uint64_t number = static_cast<uint64_t>(rank);
  std::string word;
  // Every rank another spelling: digits of a number in a mixed base, read as syllables.
  for (int syllable = 0; syllable < 2 || number > 0; ++syllable) {
    const uint64_t shuffled = number % (kOnsets.size() * kVowels.size());
    number /= kOnsets.size() * kVowels.size();
    word += kOnsets[(shuffled * 7 + static_cast<uint64_t>(syllable)) % kOnsets.size()];
    word += kVowels[shuffled / kOnsets.size()];
  }
  return word + kCodas[static_cast<size_t>(rank) % kCodas.size()];
}

bank::v1::QuestionContent GeneratedQuestion(int index) {
  bank::v1::QuestionContent content = testing::GeneratedQuestion(kBank, index);
  Draw draw(static_cast<uint64_t>(index) + 1);
  content.set_prompt(draw.Words(14) + "?");
  content.set_cue(draw.Words(16) + ".");
  for (auto& concept_ : *content.mutable_key_concepts()) {
    concept_.set_text(draw.Words(6));
    concept_.set_terms(0, draw.Word());
  }
  for (auto& exemplar : *content.mutable_exemplars()) exemplar.set_text(draw.Words(28) + ".");
  for (auto& probe : *content.mutable_probes()) probe.set_text(draw.Words(8) + "?");
  content.add_tags(draw.Word());
  return content;
}

std::string GeneratedName(int index) { return fmt::format("questions/x{:06}", index); }

std::string GeneratedLine(int index) {
  std::string line;
  (void)google::protobuf::util::MessageToJsonString(GeneratedQuestion(index), &line);
  return line + "\n";
}

absl::StatusOr<bank::v1::ImportReport> Import(runtime::Client& bank, const std::string& token, const bank::v1::ImportHeader& header,
                                              const std::function<std::string()>& next) {
  runtime::CallOptions options;
  options.bearer = token;
  options.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(20);
  auto stream = bank.OpenClientStream<bank::v1::ImportPackRequest, bank::v1::ImportReport>("assay.bank.v1.PackService/ImportPack", options);
  bank::v1::ImportPackRequest message;
  *message.mutable_header() = header;
  bool open = stream.Write(message);
  std::string buffer;
  for (std::string piece = next(); open && !piece.empty(); piece = next()) {
    buffer += piece;
    while (open && buffer.size() >= kChunk) {
      message.set_chunk(buffer.substr(0, kChunk));
      buffer.erase(0, kChunk);
      open = stream.Write(message);
    }
  }
  if (open && !buffer.empty()) {
    message.set_chunk(buffer);
    stream.Write(message);
  }
  return stream.Finish();
}

absl::Status ImportCatalogue(runtime::Client& bank, const std::string& token) {
  bank::v1::ImportHeader header;
  header.set_format(bank::v1::PACK_FORMAT_PROTOBUF);
  header.set_publish(true);
  std::string catalogue = testing::GeneratedCatalogue().SerializeAsString();
  return Import(bank, token, header, [&] { return std::exchange(catalogue, ""); }).status();
}

absl::StatusOr<bank::v1::ImportReport> ImportGenerated(runtime::Client& bank, const std::string& token, int count) {
  bank::v1::ImportHeader header;
  header.set_format(bank::v1::PACK_FORMAT_NDJSON);
  header.set_pack("generated");
  header.set_publish(true);
  int index = 0;
  ASSIGN_OR_RETURN(bank::v1::ImportReport report,
                   Import(bank, token, header, [&] { return index < count ? GeneratedLine(index++) : std::string(); }));
  if (report.created() != count) return absl::InternalError("not every generated question was taken: " + report.ShortDebugString().substr(0, 1000));
  return report;
}

absl::Status AwaitSearchable(Sql& sql, const std::string& tenant, int count) {
  constexpr std::chrono::minutes kLongest{10};
  const auto deadline = std::chrono::steady_clock::now() + kLongest;
  // Asked often, so it is cheap.
  const std::string waiting = fmt::format("SELECT count(*) FROM question_backlog WHERE tenant = '{}'", tenant);
  const std::string indexed = fmt::format("SELECT count(DISTINCT id) FROM question_text WHERE tenant = '{}' AND rule > 0", tenant);
  while (std::chrono::steady_clock::now() < deadline) {
    ASSIGN_OR_RETURN(const std::string left, sql.One(waiting));
    if (left == "0") {
      ASSIGN_OR_RETURN(const std::string done, sql.One(indexed));
      if (std::stoi(done) >= count) return absl::OkStatus();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return absl::InternalError(fmt::format("the {} questions of {} do not become searchable", count, tenant));
}

absl::Status EnsureGeneratedBank(const Bench& bench) {
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(bench.rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(const std::string there, sql.One(fmt::format("SELECT count(*) FROM question WHERE tenant = '{}'", kGeneratedTenant)));
  if (std::stoi(there) >= bench.questions()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string token, bench.rig.Token(kGeneratedTenant, "author", {"packs.import", "questions.publish"}));
  ASSIGN_OR_RETURN(const auto bank, bench.rig.Connect("bank"));
  RETURN_IF_ERROR(ImportCatalogue(*bank, token));
  RETURN_IF_ERROR(ImportGenerated(*bank, token, bench.questions()).status());
  // Else the bank would still be at it while something else is measured.
  RETURN_IF_ERROR(AwaitSearchable(sql, kGeneratedTenant, bench.questions()));
  return sql.Run("VACUUM ANALYZE").status();
}

absl::Status EnsureLargeBank(const Bench& bench) {
  RETURN_IF_ERROR(EnsureGeneratedBank(bench));
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(bench.rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(const std::string there, sql.One(fmt::format("SELECT count(*) FROM question WHERE tenant = '{}'", kLargeTenant)));
  if (there != "0") return absl::OkStatus();
  const auto begin = std::chrono::steady_clock::now();
  const int copies = bench.many_questions() / bench.questions();
  // Every table that import has written rows of questions to, whatever it has come to be. What an index of the rows costs one by
  // one it does not cost at the end, so those that are not keys go and come back.
  ASSIGN_OR_RETURN(const auto tables, sql.Run("SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                              "WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relname LIKE 'question%' "
                                              "AND c.relname <> 'question_backlog' ORDER BY c.relname"));
  RETURN_IF_ERROR(sql.Run("SET session_replication_role = replica; SET maintenance_work_mem = '1GB'; SET synchronous_commit = off").status());
  ASSIGN_OR_RETURN(const auto indexes, sql.Run("SELECT i.indexname, i.indexdef FROM pg_indexes i JOIN pg_class c ON c.relname = i.indexname "
                                               "JOIN pg_index x ON x.indexrelid = c.oid WHERE i.schemaname = 'public' "
                                               "AND i.tablename LIKE 'question%' AND NOT x.indisunique"));
  for (const auto& index : indexes) RETURN_IF_ERROR(sql.Run("DROP INDEX " + index[0]).status());
  for (const auto& table : tables) {
    ASSIGN_OR_RETURN(const auto columns,
                     sql.Run(fmt::format("SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{}' "
                                         "AND is_generated = 'NEVER' ORDER BY ordinal_position",
                                         table[0])));
    RETURN_IF_ERROR(sql.Run(CopyStatement(table[0], columns, copies)).status());
  }
  for (const auto& index : indexes) RETURN_IF_ERROR(sql.Run(index[1]).status());
  for (const char* statement : {"RESET session_replication_role", "VACUUM ANALYZE", "CHECKPOINT"}) RETURN_IF_ERROR(sql.Run(statement).status());
  fmt::print("copied to {} questions in {:.0f} s\n", bench.many_questions(), std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace assay::bench
