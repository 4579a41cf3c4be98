#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/bank/domain/pack_yaml.h"

namespace assay::bank {

// A parsed YAML value with its place. Our own tree rather than YAML::Node: no aliases, no shared nodes, bounded size.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  // Quoted or block scalars are text whatever they look like.
  bool plain = true;
  int line = 0;
  int column = 0;
  std::string scalar;
  // Items of a sequence; of a mapping, key, value, key, value …
  std::vector<YamlNode> children;
};

// Parses one document within the limits of pack_yaml.h. An empty document is kNull. Returns false, with the problems,
// when the text is not a document that we take.
bool ParseYamlTree(std::string_view yaml, std::string_view file_name, YamlNode& root,
                   std::vector<YamlProblem>& problems);

}  // namespace assay::bank
