#include <CLI/CLI.hpp>

#include "assay/bank/v1/catalog_service.pb.h"
#include "cli/commands.h"
#include "cli/kit_command.h"
#include "cli/print.h"
#include "cli/question_command.h"

namespace assay::cli {
namespace {

using namespace assay::bank::v1;  // NOLINT(google-build-using-namespace): the messages of one contract

}  // namespace

void AddBankCommands(CLI::App& app, Session& session) {
  AddQuestions(app, session);
  AddKits(app, session);
  AddExposure(app, session);
  auto* roles = app.add_subcommand("roles", "Role guides of the catalogue")->fallthrough();
  roles->callback([&session] {
    const auto found = session.Call<ListRoleGuidesResponse>("assay.bank.v1.CatalogService/ListRoleGuides", ListRoleGuidesRequest());
    if (found.ok()) Print(session, *found, "role_guides", {{"NAME", "name"}, {"ROLE", "role_guide.display_name"}, {"POLICY", "role_guide.policy"}});
  });
}

}  // namespace assay::cli
