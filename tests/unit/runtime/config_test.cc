#include "services/runtime/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "services/runtime/config/private_file.h"
#include "tests/support/temporary_directory.h"

namespace assay::runtime {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// Sets a variable for the life of the object.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

std::variant<CommandLine, int> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "assay-bank");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data(),
                          {.service = "bank", .env_prefix = "ASSAY_BANK", .listen = "127.0.0.1:0", .extra = {{"peer-address", "Other", "here"}}});
}

Config ParsedConfig(std::vector<const char*> arguments) { return std::get<CommandLine>(Parse(std::move(arguments))).config; }

TEST(Config, PrefersTheFlagToTheEnvironmentToTheDefault) {
  const Environment pool("ASSAY_BANK_POOL_SIZE", "5");
  const Environment reflection("ASSAY_BANK_REFLECTION", "true");
  EXPECT_EQ(ParsedConfig({"serve"}).pool_size, 5);
  EXPECT_TRUE(ParsedConfig({"serve"}).reflection);
  EXPECT_EQ(ParsedConfig({"serve", "--pool-size", "6"}).pool_size, 6);
  EXPECT_EQ(ParsedConfig({"--pool-size", "7", "serve"}).pool_size, 7);
  EXPECT_EQ(ParsedConfig({"serve"}).drain_seconds, 25);
}

TEST(Config, KnowsTheSettingsOfTheService) {
  EXPECT_EQ(ParsedConfig({"serve"}).Extra("peer-address"), "here");
  const Environment peer("ASSAY_BANK_PEER_ADDRESS", "there");
  EXPECT_EQ(ParsedConfig({"serve"}).Extra("peer-address"), "there");
}

TEST(Config, TellsWhatMigrateShouldDo) {
  const auto line = std::get<CommandLine>(Parse({"migrate", "--to", "3", "--dry-run"}));
  EXPECT_EQ(line.action, CommandLine::Action::kMigrate);
  EXPECT_EQ(line.migrate_to, 3);
  EXPECT_TRUE(line.dry_run);
  EXPECT_EQ(std::get<CommandLine>(Parse({"migrate"})).migrate_to, std::nullopt);
  EXPECT_EQ(std::get<CommandLine>(Parse({"config"})).action, CommandLine::Action::kConfig);
}

TEST(Config, AnswersBadUsageWithTwoAndHelpWithZero) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<int>(Parse({})), 2);
  EXPECT_EQ(std::get<int>(Parse({"serve", "--pool-size", "many"})), 2);
  EXPECT_EQ(std::get<int>(Parse({"serve", "--no-such-flag"})), 2);
  EXPECT_EQ(std::get<int>(Parse({"migrate", "--to", "zero"})), 2);
  EXPECT_EQ(std::get<int>(Parse({"--help"})), 0);
  ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("--fail-detect-seconds"));
}

TEST(Config, ReportsEverythingThatIsWrong) {
  Config config;
  config.listen = "nowhere";
  config.pool_size = 0;
  config.log_level = "loud";
  config.tls_certificate = "/nonexistent.pem";
  const std::vector<std::string> wrong = config.Validate();
  for (const char* name : {"listen", "database", "pool-size", "secret-file", "issuers-file", "tls-cert, tls-key", "tls-cert:", "log-level"}) {
    EXPECT_THAT(wrong, Contains(HasSubstr(name)));
  }
}

TEST(Config, IsGoodWithLittleForDevelopment) {
  Config config;
  config.database = "host=/tmp dbname=bank";
  config.local = true;
  config.secret_file = "/tmp/does-not-exist-yet";
  config.keys_dir = "/tmp/keys";
  EXPECT_THAT(config.Validate(), IsEmpty());
}

TEST(Config, ReadsTheDatabaseFromAMountedSecret) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.File("database");
  ASSERT_TRUE(ReplaceFile(path, "host=db dbname=bank password=hunter2\n", 0440).ok());
  const Environment file("ASSAY_BANK_DATABASE_FILE", path.c_str());
  const Environment migrate_file("ASSAY_BANK_MIGRATE_DATABASE_FILE", path.c_str());
  const Config config = ParsedConfig({"serve"});
  EXPECT_EQ(config.database, "host=db dbname=bank password=hunter2");
  EXPECT_EQ(config.migrate_database, "host=db dbname=bank password=hunter2");
  EXPECT_THAT(Describe(config), Contains(Pair("database", "***")));
  EXPECT_THAT(Describe(config), Contains(Pair("migrate-database", "***")));
  EXPECT_THAT(Describe(config), Contains(Pair("database-file", path)));
}

TEST(Config, TakesTheDatabaseFromOnePlaceOnly) {
  const testing::TemporaryDirectory directory;
  const std::string path = directory.File("database");
  const std::string empty = directory.File("empty");
  const std::string open = directory.File("open");
  ASSERT_TRUE(ReplaceFile(path, "host=db password=hunter2", 0400).ok());
  ASSERT_TRUE(ReplaceFile(empty, "\n", 0400).ok());
  ASSERT_TRUE(ReplaceFile(open, "host=db password=hunter2", 0444).ok());
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<int>(Parse({"serve", "--database", "host=other", "--database-file", path.c_str()})), 2);
  EXPECT_EQ(std::get<int>(Parse({"migrate", "--migrate-database", "host=other", "--migrate-database-file", path.c_str()})), 2);
  EXPECT_EQ(std::get<int>(Parse({"serve", "--database-file", empty.c_str()})), 2);
  EXPECT_EQ(std::get<int>(Parse({"serve", "--database-file", open.c_str()})), 2);
  EXPECT_EQ(std::get<int>(Parse({"migrate", "--migrate-database-file", "/nonexistent"})), 2);
  const std::string said = ::testing::internal::GetCapturedStderr();
  for (const char* part : {"database, database-file: give one of them", "migrate-database, migrate-database-file: give one",
                           "is empty", "is open to others", "migrate-database-file: cannot open /nonexistent"}) {
    EXPECT_THAT(said, HasSubstr(part));
  }
  EXPECT_THAT(said, ::testing::Not(HasSubstr("hunter")));
}

TEST(Config, PrintsNoPassword) {
  Config config;
  config.database = "host=db user=bank password=hunter2 dbname=bank";
  config.migrate_database = "postgresql://owner:hunter2@db/bank";
  config.extra["archive"] = "host=db password = 'hunter 2' dbname=x";
  for (const auto& [name, value] : Describe(config)) EXPECT_THAT(value, ::testing::Not(HasSubstr("hunter")));
  EXPECT_THAT(Describe(config), Contains(Pair("database", "host=db user=bank password=*** dbname=bank")));
  EXPECT_THAT(Describe(config), Contains(Pair("migrate-database", "postgresql://owner:***@db/bank")));
}

TEST(PrivateFile, KeepsTheFirstOfSeveralWriters) {
  const testing::TemporaryDirectory directory;
  ASSERT_TRUE(CreatePrivateFile(directory.File("secret"), "first").ok());
  ASSERT_TRUE(CreatePrivateFile(directory.File("secret"), "second").ok());
  EXPECT_EQ(*ReadPrivateFile(directory.File("secret")), "first");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
  EXPECT_EQ(ReadPrivateFile(directory.File("none")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace assay::runtime
