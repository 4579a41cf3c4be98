#include "services/runtime/paging/filter.h"

#include <fmt/format.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "services/runtime/base/status_macros.h"

namespace assay::runtime {
namespace {

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// "c1" of "candidates/c1".
std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string Listed(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

std::string LikePattern(const FilterValue& value) {
  std::string out = value.any_before ? "%" : "";
  for (const char c : value.text) {
    if (c == '\\' || c == '%' || c == '_') out += '\\';
    out += c;
  }
  return out + (value.any_after ? "%" : "");
}

// For an array as one text, each element between separators: no element holds one, so what a star stands for beyond the ends of an
// element makes no difference.
std::string ElementPattern(const FilterValue& value) {
  constexpr char kSeparator = '\x1f';
  std::string out = value.any_before ? "" : std::string("%") + kSeparator;
  out += LikePattern(value);
  return value.any_after ? out : out + kSeparator + "%";
}

bool IsOrder(FilterOperator op) {
  return op == FilterOperator::kLess || op == FilterOperator::kLessOrEqual || op == FilterOperator::kGreater ||
         op == FilterOperator::kGreaterOrEqual;
}

class Compiler {
 public:
  Compiler(const FilterFields& fields, int first_parameter) : fields_(fields), next_(first_parameter) {}

  absl::StatusOr<SqlFilter> Compile(const FilterNode& filter) {
    if (filter.kind == FilterNode::Kind::kAnd && filter.children.empty()) return std::move(out_);
    ASSIGN_OR_RETURN(out_.where, Node(filter));
    return std::move(out_);
  }

 private:
  absl::StatusOr<std::string> Node(const FilterNode& node) {
    if (node.kind == FilterNode::Kind::kTerm) return Term(node);
    if (node.kind == FilterNode::Kind::kNot) {
      ASSIGN_OR_RETURN(const std::string inner, Node(node.children[0]));
      // Without this, NOT of a comparison with null would be null: neither it nor its opposite would hold.
      return fmt::format("NOT coalesce({}, FALSE)", inner);
    }
    std::string joined;
    for (const FilterNode& child : node.children) {
      ASSIGN_OR_RETURN(const std::string inner, Node(child));
      joined += joined.empty() ? "(" : node.kind == FilterNode::Kind::kAnd ? " AND " : " OR ";
      joined += inner;
    }
    return joined + ")";
  }

  absl::StatusOr<std::string> Term(const FilterNode& term) {
    const auto found = fields_.find(term.field);
    if (found == fields_.end()) {
      std::vector<std::string> known;
      for (const auto& [name, field] : fields_) known.push_back(name);
      const char* hint = term.op == FilterOperator::kBare ? "a word alone is not searched for, write field = value; " : "";
      return FilterInvalid(fmt::format("unknown field \"{}\"; {}known fields: {}", term.field, hint, Listed(known)));
    }
    const FilterField& field = found->second;
    if (field.sql.empty()) {
      return FilterInvalid(fmt::format("{} can only be compared with = or : in a term of its own, joined to the rest by AND", term.field));
    }
    if (term.op == FilterOperator::kBare) {
      if (field.type == FilterType::kBool) return fmt::format("({})", field.sql);
      return FilterInvalid(fmt::format("{} is not true or false; write {} = value, or {}:* for any value", term.field, term.field, term.field));
    }
    if (field.type == FilterType::kKey) return Key(term, field);
    if (term.value.present()) return Presence(term, field);
    if (term.value.wild() && field.type != FilterType::kText && field.type != FilterType::kTextArray) {
      return FilterInvalid(fmt::format("* cannot be part of a value of {}", term.field));
    }
    switch (field.type) {
      case FilterType::kText: return Text(term, field);
      case FilterType::kName: return Equality(term, field, "text", IdOf(term.value.text));
      case FilterType::kEnum: return Enum(term, field);
      case FilterType::kInteger: return Integer(term, field);
      case FilterType::kBool: return Bool(term, field);
      case FilterType::kTime: return Time(term, field);
      case FilterType::kTextArray: return TextArray(term, field, term.value.text);
      case FilterType::kNameArray: return TextArray(term, field, IdOf(term.value.text));
      case FilterType::kKey: break;
    }
    return FilterInvalid(fmt::format("{} cannot be compared", term.field));
  }

  absl::StatusOr<std::string> Key(const FilterNode& term, const FilterField& field) {
    if (IsOrder(term.op) || term.value.present() || term.value.wild()) {
      return FilterInvalid(fmt::format("{} is compared with a whole value by = or !=", term.field));
    }
    const std::string holds = fmt::format(fmt::runtime(field.sql), Parameter(term.value.text) + "::text");
    return fmt::format("{}({})", term.op == FilterOperator::kNotEqual ? "NOT " : "", holds);
  }

  absl::StatusOr<std::string> Presence(const FilterNode& term, const FilterField& field) {
    if (IsOrder(term.op)) return FilterInvalid(fmt::format("* cannot be compared by {}", FilterOperatorText(term.op)));
    const bool array = field.type == FilterType::kTextArray || field.type == FilterType::kNameArray;
    const bool text = field.type == FilterType::kText || field.type == FilterType::kName || field.type == FilterType::kEnum;
    const std::string there = text ? fmt::format("coalesce({}, '') <> ''", field.sql)
                              : array ? fmt::format("coalesce(cardinality({}), 0) > 0", field.sql)
                                                                     : fmt::format("{} IS NOT NULL", field.sql);
    return fmt::format("{}({})", term.op == FilterOperator::kNotEqual ? "NOT " : "", there);
  }

  // `sql op $n::type`; != holds for null.
  std::string Compared(const FilterNode& term, const FilterField& field, std::string_view type, Value value) {
    const char* op = "=";
    switch (term.op) {
      case FilterOperator::kNotEqual: op = "IS DISTINCT FROM"; break;
      case FilterOperator::kLess: op = "<"; break;
      case FilterOperator::kLessOrEqual: op = "<="; break;
      case FilterOperator::kGreater: op = ">"; break;
      case FilterOperator::kGreaterOrEqual: op = ">="; break;
      default: break;
    }
    return fmt::format("({} {} {}::{})", field.sql, op, Parameter(std::move(value)), type);
  }

  absl::StatusOr<std::string> Equality(const FilterNode& term, const FilterField& field, std::string_view type, Value value) {
    if (IsOrder(term.op)) {
      return FilterInvalid(fmt::format("{} has no order; compare it with = or !=, not {}", term.field, FilterOperatorText(term.op)));
    }
    return Compared(term, field, type, std::move(value));
  }

  absl::StatusOr<std::string> Text(const FilterNode& term, const FilterField& field) {
    if (term.value.wild()) {
      if (IsOrder(term.op)) return FilterInvalid(fmt::format("a value with * cannot be compared by {}", FilterOperatorText(term.op)));
      const std::string like = fmt::format("{} LIKE {}::text", field.sql, Parameter(LikePattern(term.value)));
      return term.op == FilterOperator::kNotEqual ? fmt::format("NOT coalesce({}, FALSE)", like) : fmt::format("({})", like);
    }
    if (term.op == FilterOperator::kHas) {
      return fmt::format("(strpos(lower({}), lower({}::text)) > 0)", field.sql, Parameter(term.value.text));
    }
    return Compared(term, field, "text", term.value.text);
  }

  absl::StatusOr<std::string> Enum(const FilterNode& term, const FilterField& field) {
    std::string value = Upper(term.value.text);
    if (!field.prefix.empty() && value.rfind(field.prefix, 0) == 0) value.erase(0, field.prefix.size());
    if (std::find(field.values.begin(), field.values.end(), value) == field.values.end()) {
      return FilterInvalid(fmt::format("\"{}\" is no value of {}; known: {}", term.value.text, term.field, Listed(field.values)));
    }
    return Equality(term, field, "text", std::move(value));
  }

  absl::StatusOr<std::string> Integer(const FilterNode& term, const FilterField& field) {
    const std::string& text = term.value.text;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
      return FilterInvalid(fmt::format("{} is a whole number of 64 bits, not \"{}\"", term.field, text));
    }
    return Compared(term, field, "bigint", number);
  }

  absl::StatusOr<std::string> Bool(const FilterNode& term, const FilterField& field) {
    const std::string value = Upper(term.value.text);
    if (value != "TRUE" && value != "FALSE") {
      return FilterInvalid(fmt::format("{} is true or false, not \"{}\"", term.field, term.value.text));
    }
    return Equality(term, field, "boolean", value == "TRUE");
  }

  absl::StatusOr<std::string> Time(const FilterNode& term, const FilterField& field) {
    google::protobuf::Timestamp time;
    if (!google::protobuf::util::TimeUtil::FromString(term.value.text, &time)) {
      return FilterInvalid(fmt::format("{} is a time like \"2026-11-21T09:30:00Z\", not \"{}\"", term.field, term.value.text));
    }
    return Compared(term, field, "timestamptz", FromTimestamp(time));
  }

  absl::StatusOr<std::string> TextArray(const FilterNode& term, const FilterField& field, std::string element) {
    if (IsOrder(term.op)) {
      return FilterInvalid(fmt::format("{} is a list; ask what it has with {}:value", term.field, term.field));
    }
    const std::string has =
        term.value.wild()
            ? fmt::format("(chr(31) || array_to_string({}, chr(31)) || chr(31)) LIKE {}::text", field.sql, Parameter(ElementPattern(term.value)))
            : fmt::format("{} @> ARRAY[{}::text]", field.sql, Parameter(std::move(element)));
    return term.op == FilterOperator::kNotEqual ? fmt::format("NOT coalesce({}, FALSE)", has) : fmt::format("({})", has);
  }

  std::string Parameter(Value value) {
    out_.parameters.push_back(std::move(value));
    return fmt::format("${}", next_++);
  }

  const FilterFields& fields_;
  int next_;
  SqlFilter out_;
};

}  // namespace

FilterField EnumField(std::string sql, const google::protobuf::EnumDescriptor* type) {
  FilterField field{std::move(sql), FilterType::kEnum};
  const std::string& zero = type->value(0)->name();
  field.prefix = zero.substr(0, zero.size() - std::string_view("UNSPECIFIED").size());
  for (int i = 1; i < type->value_count(); ++i) field.values.push_back(type->value(i)->name().substr(field.prefix.size()));
  return field;
}

absl::StatusOr<SqlFilter> CompileFilter(const FilterNode& filter, const FilterFields& fields, int first_parameter) {
  return Compiler(fields, first_parameter).Compile(filter);
}

absl::StatusOr<SqlFilter> CompileFilter(std::string_view filter, const FilterFields& fields, int first_parameter) {
  ASSIGN_OR_RETURN(const FilterNode parsed, ParseFilter(filter));
  return CompileFilter(parsed, fields, first_parameter);
}

}  // namespace assay::runtime
