#pragma once

#include <string_view>

namespace assay::scoring {

// Whether the IANA time zone database of this machine has a zone of this name. Where there is no database, any name that
// looks like a zone will do.
bool TimeZoneExists(std::string_view zone);

}  // namespace assay::scoring
