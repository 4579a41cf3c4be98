#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <set>

#include "services/runtime/auth/jwks.h"
#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

constexpr int64_t kMaxLifetime = 86'400;

absl::Status Wrong(size_t entry, std::string_view what) {
  return absl::InvalidArgumentError(fmt::format("issuers[{}]: {}", entry, what));
}

absl::Status CheckKeys(const YAML::Node& node, size_t index) {
  static const std::set<std::string> kKnown{"issuer",  "jwks",           "ca_file",             "algorithm", "audience",
                                            "tenants", "service_tokens", "max_lifetime_seconds"};
  for (const auto& member : node) {
    if (const auto key = member.first.as<std::string>(); kKnown.count(key) == 0) return Wrong(index, fmt::format("unknown key {}", key));
  }
  return absl::OkStatus();
}

std::string Resolved(const std::string& location, const std::filesystem::path& directory) {
  if (location.empty() || location.rfind("https://", 0) == 0) return location;
  return (directory / location).lexically_normal().string();
}

absl::StatusOr<IssuerSource> ReadEntry(const YAML::Node& node, size_t index, const std::filesystem::path& directory) {
  if (!node.IsMap()) return Wrong(index, "must be a mapping");
  RETURN_IF_ERROR(CheckKeys(node, index));
  IssuerSource source;
  source.issuer.name = node["issuer"].as<std::string>("");
  if (source.issuer.name.empty()) return Wrong(index, "issuer is required");
  const std::string jwks = node["jwks"].as<std::string>("");
  if (jwks.empty()) return Wrong(index, "jwks is required");
  if (jwks.find("://") != std::string::npos && jwks.rfind("https://", 0) != 0) return Wrong(index, "jwks must be a file or an https URL");
  source.jwks = Resolved(jwks, directory);
  source.ca_file = Resolved(node["ca_file"].as<std::string>(""), directory);
  const std::string algorithm = node["algorithm"].as<std::string>("");
  if (algorithm != "ES256" && algorithm != "RS256") return Wrong(index, "algorithm must be ES256 or RS256");
  source.issuer.algorithm = algorithm == "ES256" ? Algorithm::kES256 : Algorithm::kRS256;
  source.issuer.audience = node["audience"].as<std::string>("");
  source.issuer.tenants = node["tenants"].as<std::vector<std::string>>(std::vector<std::string>());
  source.issuer.service_tokens = node["service_tokens"].as<bool>(false);
  if (source.issuer.tenants.empty() && !source.issuer.service_tokens) return Wrong(index, "tenants is required");
  const auto lifetime = node["max_lifetime_seconds"].as<int64_t>(kMaxLifetime);
  if (lifetime < 60 || lifetime > kMaxLifetime) return Wrong(index, fmt::format("max_lifetime_seconds must be 60 to {}", kMaxLifetime));
  source.issuer.max_lifetime = std::chrono::seconds(lifetime);
  return source;
}

}  // namespace

absl::StatusOr<std::vector<IssuerSource>> LoadIssuers(const std::string& path) {
  try {
    const YAML::Node document = YAML::LoadFile(path);
    const YAML::Node list = document.IsMap() ? document["issuers"] : YAML::Node(YAML::NodeType::Undefined);
    if (!list.IsDefined() || !list.IsSequence() || list.size() == 0) {
      return absl::InvalidArgumentError(fmt::format("{}: a list of issuers is needed", path));
    }
    std::vector<IssuerSource> sources;
    std::set<std::string> names;
    for (size_t i = 0; i < list.size(); ++i) {
      ASSIGN_OR_RETURN(IssuerSource source, ReadEntry(list[i], i, std::filesystem::path(path).parent_path()));
      if (!names.insert(source.issuer.name).second) return Wrong(i, fmt::format("issuer {} is given twice", source.issuer.name));
      sources.push_back(std::move(source));
    }
    return sources;
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(fmt::format("{}: {}", path, e.what()));
  }
}

}  // namespace assay::runtime
