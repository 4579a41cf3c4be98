#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "bench/generate.h"
#include "bench/measure.h"
#include "bench/sql.h"
#include "services/runtime/base/status_macros.h"

namespace assay::bench {
namespace {

namespace pb = assay::bank::v1;
using std::chrono::steady_clock;

constexpr int kRounds = 3;
constexpr double kLongestSeconds = 1;
constexpr double kMegabytesAllowed = 128;
// In formats that are read as a whole.
constexpr int kFew = 2000;

double SecondsSince(steady_clock::time_point begin) { return std::chrono::duration<double>(steady_clock::now() - begin).count(); }

// Watches while something runs: the oldest write transaction and the memory of the bank.
class Watch {
 public:
  Watch(Sql sql, const Process& bank) : before_(bank.ResidentMegabytes()) {
    thread_ = std::thread([this, &bank, sql = std::move(sql)]() mutable {
      while (!stopped_) {
        const auto oldest = sql.Run("SELECT extract(epoch FROM clock_timestamp() - xact_start), left(regexp_replace(query, '\\s+', ' ', 'g'), 60) "
                                    "FROM pg_stat_activity WHERE datname = 'assay_bank' AND usename = 'assay_login' "
                                    "AND backend_xid IS NOT NULL ORDER BY xact_start LIMIT 1");
        if (oldest.ok() && !oldest->empty() && std::stod((*oldest)[0][0]) > longest_) {
          longest_ = std::stod((*oldest)[0][0]);
          longest_in_ = (*oldest)[0][1];
        }
        most_ = std::max(most_, bank.ResidentMegabytes());
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
    });
  }
  void Stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  ~Watch() { Stop(); }
  double longest_seconds() const { return longest_; }
  // The statement that it was last seen in.
  const std::string& longest_in() const { return longest_in_; }
  double growth_megabytes() const { return std::max(0.0, most_ - before_); }

 private:
  const double before_;
  double longest_ = 0;
  std::string longest_in_;
  double most_ = 0;
  std::atomic<bool> stopped_{false};
  std::thread thread_;
};

// What a tenant has in the tables that hold questions, to be copied into the same ones for another.
class Copies {
 public:
  explicit Copies(Sql& sql) : sql_(sql) {}

  absl::Status Read(const std::string& tenant, const std::string& other) {
    // Those that others refer to come first.
    ASSIGN_OR_RETURN(const auto columns,
                     sql_.Run("SELECT c.relname, a.column_name FROM pg_class c JOIN information_schema.columns a ON a.table_schema = 'public' "
                              "AND a.table_name = c.relname AND a.is_generated = 'NEVER' WHERE c.relnamespace = 'public'::regnamespace "
                              "AND c.relkind = 'r' AND c.relname LIKE 'question%' ORDER BY c.relname <> 'question', c.relname, a.ordinal_position"));
    std::string values;
    for (size_t i = 0; i < columns.size(); ++i) {
      const std::string& name = columns[i][1];
      if (i == 0 || columns[i][0] != columns[i - 1][0]) {
        tables_.push_back({columns[i][0], "", ""});
        values.clear();
      }
      Table& table = tables_.back();
      table.columns += (table.columns.empty() ? "" : ", ") + name;
      values += (values.empty() ? "" : ", ") + (name == "tenant" ? SqlQuoted(other) : name == "uid" ? "gen_random_uuid()" : name);
      if (i + 1 < columns.size() && columns[i + 1][0] == table.name) continue;
      ASSIGN_OR_RETURN(table.data, sql_.CopyOut(fmt::format("COPY (SELECT {} FROM {} WHERE tenant = {}) TO STDOUT", values, table.name, SqlQuoted(tenant))));
    }
    return absl::OkStatus();
  }

  struct Seconds {
    double rows = 0;   // of the tables that the import itself writes
    double words = 0;  // of those that make them searchable
  };
  // What COPY takes for all of it.
  absl::StatusOr<Seconds> Fill() {
    Seconds seconds;
    for (const Table& table : tables_) {
      ASSIGN_OR_RETURN(const double took, sql_.CopyIn(fmt::format("COPY {} ({}) FROM STDIN", table.name, table.columns), table.data));
      (table.name == "question_text" || table.name == "question_word" ? seconds.words : seconds.rows) += took;
    }
    return seconds;
  }

 private:
  struct Table {
    std::string name;
    std::string columns;
    std::string data;
  };
  Sql& sql_;
  std::vector<Table> tables_;
};

// Everything of a tenant as a document.
absl::StatusOr<std::string> Export(runtime::Client& bank, const std::string& token, pb::PackFormat format) {
  pb::ExportPackRequest request;
  request.set_name("packs/generated");
  request.set_format(format);
  runtime::CallOptions options;
  options.bearer = token;
  options.deadline = steady_clock::now() + std::chrono::minutes(5);
  auto stream = bank.OpenServerStream<pb::ExportPackResponse>("assay.bank.v1.PackService/ExportPack", request, options);
  std::string document;
  pb::ExportPackResponse response;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, stream.Read(response));
    if (!more) return document;
    document += response.chunk();
  }
}

// Questions a second of a document that is imported for a tenant that has none.
absl::StatusOr<Result> MeasureWhole(Rig& rig, runtime::Client& bank, const std::string& name, pb::PackFormat format, const std::string& document) {
  std::vector<double> rates;
  int questions = 0;
  for (int round = 0; round < kRounds; ++round) {
    ASSIGN_OR_RETURN(const std::string token, rig.Token(fmt::format("bench-{}-{}", name, round), "author", {"packs.import", "questions.publish"}));
    pb::ImportHeader header;
    header.set_format(format);
    header.set_pack("generated");
    header.set_publish(true);
    std::string rest = document;
    const auto begin = steady_clock::now();
    ASSIGN_OR_RETURN(const pb::ImportReport report, Import(bank, token, header, [&] { return std::exchange(rest, ""); }));
    if (report.created() == 0) return absl::InternalError("nothing was imported: " + report.ShortDebugString().substr(0, 1000));
    questions = report.created();
    rates.push_back(questions / SecondsSince(begin));
  }
  fmt::print("  {}: {:.0f} questions/s, {} of them, {:.1f} MB\n", name, Median(rates), questions, static_cast<double>(document.size()) / 1e6);
  std::fflush(stdout);
  return Result{"import_" + name, Median(rates), "quest./s"};
}

}  // namespace

absl::StatusOr<std::vector<Result>> MeasureImports(const Bench& bench) {
  Rig& rig = bench.rig;
  const int count = bench.questions();
  ASSIGN_OR_RETURN(Sql sql, Sql::Open(rig.Dsn("bank", "postgres")));
  ASSIGN_OR_RETURN(const auto bank, rig.Connect("bank"));
  // Made before anything is measured.
  std::vector<std::string> lines;
  for (int i = 0; i < count; ++i) lines.push_back(GeneratedLine(i));
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size();
  fmt::print("imports: {} questions as NDJSON of {:.0f} MB\n", count, static_cast<double>(bytes) / 1e6);

  std::vector<double> rates, copies, searchable, searchable_copies, longest, growth;
  for (int round = 1; round <= kRounds; ++round) {
    const std::string tenant = fmt::format("bench-import-{}", round);
    ASSIGN_OR_RETURN(const std::string token, rig.Token(tenant, "author", {"packs.import", "questions.publish"}));
    pb::ImportHeader header;
    header.set_format(pb::PACK_FORMAT_NDJSON);
    header.set_pack("generated");
    header.set_publish(true);
    size_t next = 0;
    ASSIGN_OR_RETURN(Sql watching, Sql::Open(rig.Dsn("bank", "postgres")));
    Watch watch(std::move(watching), rig.service("bank").process);
    const auto begin = steady_clock::now();
    ASSIGN_OR_RETURN(const pb::ImportReport report,
                     Import(*bank, token, header, [&] { return next < lines.size() ? lines[next++] : std::string(); }));
    rates.push_back(count / SecondsSince(begin));
    RETURN_IF_ERROR(AwaitSearchable(sql, tenant, count));
    searchable.push_back(count / SecondsSince(begin));
    watch.Stop();
    if (report.created() != count) return absl::InternalError("not everything was imported: " + report.ShortDebugString().substr(0, 1000));
    longest.push_back(watch.longest_seconds());
    growth.push_back(watch.growth_megabytes());
    Copies copy(sql);
    RETURN_IF_ERROR(copy.Read(tenant, tenant + "-copied"));
    ASSIGN_OR_RETURN(const Copies::Seconds seconds, copy.Fill());
    copies.push_back(count / seconds.rows);
    searchable_copies.push_back(count / (seconds.rows + seconds.words));
    fmt::print("  round {}: {:.0f} questions/s, COPY {:.0f}/s; searchable {:.0f}/s, COPY {:.0f}/s; longest write transaction {:.2f} s ({}); {:.0f} MB more memory\n",
               round, rates.back(), copies.back(), searchable.back(), searchable_copies.back(), longest.back(), watch.longest_in(), growth.back());
    std::fflush(stdout);
  }
  std::vector<Result> results{
      {"import_ndjson", Median(rates), "quest./s", Median(copies), AtLeast(0.5)},
      {"import_ndjson_searchable", Median(searchable), "quest./s", Median(searchable_copies)},
      {"import_longest_transaction", *std::max_element(longest.begin(), longest.end()), "s", kLongestSeconds, AtMost(1)},
      {"import_memory_growth", *std::max_element(growth.begin(), growth.end()), "MB", kMegabytesAllowed, AtMost(1)},
  };

  ASSIGN_OR_RETURN(const std::string token, rig.Token("bench-few", "author", {"packs.import", "questions.publish", "packs.export"}));
  RETURN_IF_ERROR(ImportCatalogue(*bank, token));
  RETURN_IF_ERROR(ImportGenerated(*bank, token, std::min(kFew, count)).status());
  ASSIGN_OR_RETURN(const std::string yaml, Export(*bank, token, pb::PACK_FORMAT_PACK));
  ASSIGN_OR_RETURN(results.emplace_back(), MeasureWhole(rig, *bank, "yaml", pb::PACK_FORMAT_PACK, yaml));
  ASSIGN_OR_RETURN(const std::string xml, Export(*bank, token, pb::PACK_FORMAT_MOODLE_XML));
  ASSIGN_OR_RETURN(results.emplace_back(), MeasureWhole(rig, *bank, "xml", pb::PACK_FORMAT_MOODLE_XML, xml));
  return results;
}

}  // namespace assay::bench
