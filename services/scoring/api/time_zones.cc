#include "services/scoring/api/time_zones.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

namespace assay::scoring {
namespace {

constexpr char kDatabase[] = "/usr/share/zoneinfo";

// Area/Location of letters, digits, "_", "+" and "-", so that nothing outside the database can be named.
bool LooksLikeZone(std::string_view zone) {
  if (zone.empty() || !std::isupper(static_cast<unsigned char>(zone.front())) || zone.back() == '/') return false;
  return zone.find("//") == std::string_view::npos && std::all_of(zone.begin(), zone.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '_' || c == '+' || c == '-' || c == '/';
         });
}

}  // namespace

bool TimeZoneExists(std::string_view zone) {
  if (!LooksLikeZone(zone)) return false;
  std::error_code ignored;
  const std::filesystem::path database(kDatabase);
  if (!std::filesystem::is_directory(database, ignored)) return true;
  return std::filesystem::is_regular_file(database / std::string(zone), ignored);
}

}  // namespace assay::scoring
