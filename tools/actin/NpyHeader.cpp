//===- NpyHeader.cpp - The dictionary at the head of an .npy file ---------===//
//
// A header is a Python literal such as
//   {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
// with its keys in any order. This parser accepts that form and no other.
//
//===----------------------------------------------------------------------===//

#include "Npy.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace actin::tool {
namespace {

constexpr size_t maxRank = 64;

class DictionaryParser {
public:
  explicit DictionaryParser(std::string_view text) : text(text) {}

  bool parse();

  std::optional<std::string> descr;
  std::optional<bool> fortranOrder;
  std::optional<std::vector<int64_t>> shape;
  bool isStructured = false;

private:
  void skipSpace() {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text[0])))
      text.remove_prefix(1);
  }
  bool consume(std::string_view token) {
    skipSpace();
    if (text.substr(0, token.size()) != token)
      return false;
    text.remove_prefix(token.size());
    return true;
  }
  std::optional<std::string> parseString();
  std::optional<std::vector<int64_t>> parseTuple();
  bool parseEntry();

  std::string_view text;
};

std::optional<std::string> DictionaryParser::parseString() {
  skipSpace();
  if (text.empty() || (text[0] != '\'' && text[0] != '"'))
    return std::nullopt;
  size_t end = text.find(text[0], 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  std::string value(text.substr(1, end - 1));
  text.remove_prefix(end + 1);
  return value;
}

std::optional<std::vector<int64_t>> DictionaryParser::parseTuple() {
  if (!consume("("))
    return std::nullopt;
  std::vector<int64_t> values;
  while (!consume(")")) {
    int64_t value = 0;
    auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || values.size() == maxRank)
      return std::nullopt;
    values.push_back(value);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    consume("L"); // Python 2 wrote its long integers so.
    if (!consume(",")) {
      if (!consume(")"))
        return std::nullopt;
      break;
    }
  }
  return values;
}

bool DictionaryParser::parseEntry() {
  std::optional<std::string> key = parseString();
  if (!key || !consume(":"))
    return false;
  if (*key == "descr") {
    skipSpace();
    isStructured = !text.empty() && text[0] == '[';
    descr = parseString();
    return descr.has_value();
  }
  if (*key == "fortran_order") {
    if (consume("True"))
      fortranOrder = true;
    else if (consume("False"))
      fortranOrder = false;
    return fortranOrder.has_value();
  }
  if (*key == "shape") {
    shape = parseTuple();
    return shape.has_value();
  }
  return false;
}

bool DictionaryParser::parse() {
  if (!consume("{"))
    return false;
  while (!consume("}")) {
    if (!parseEntry())
      return false;
    if (!consume(",")) {
      if (!consume("}"))
        return false;
      break;
    }
  }
  skipSpace();
  return text.empty() && descr && fortranOrder && shape;
}

std::optional<DataType> lookUpType(std::string_view descr) {
  if (descr == "<f4")
    return DataType::F32;
  if (descr == "<f8")
    return DataType::F64;
  if (descr == "<f2")
    return DataType::F16;
  if (descr == "<u2")
    return DataType::BF16;
  return std::nullopt;
}

std::string_view getDescr(DataType type) {
  switch (type) {
  case DataType::F64:
    return "<f8";
  case DataType::F16:
    return "<f2";
  case DataType::BF16:
    return "<u2";
  case DataType::F32:
    break;
  }
  return "<f4";
}

/// The bytes of an array, 0 dimensions aside checked for overflow as well: a
/// shape such as (0, 2^62, 2^62) is no use to anybody.
std::optional<int64_t> countBytes(const NpyHeader &header) {
  constexpr int64_t limit = int64_t(1) << 62;
  int64_t product = static_cast<int64_t>(getSizeBytes(header.type));
  bool isEmpty = false;
  for (int64_t size : header.shape) {
    isEmpty |= size == 0;
    if (__builtin_mul_overflow(product, std::max<int64_t>(size, 1), &product) ||
        product > limit)
      return std::nullopt;
  }
  return isEmpty ? 0 : product;
}

/// A descr as an error message may show it: short, printable.
std::string quote(std::string_view text) {
  std::string result = "'";
  for (char c : text.substr(0, 24))
    result += std::isprint(static_cast<unsigned char>(c)) ? c : '?';
  return result + (text.size() > 24 ? "...'" : "'");
}

} // namespace

Expected<NpyHeader> parseNpyHeader(std::string_view dictionary) {
  DictionaryParser parser(dictionary);
  bool isWhole = parser.parse();
  if (parser.isStructured)
    return makeError("arrays of records are not supported");
  if (!isWhole)
    return makeError("the .npy header is malformed");
  std::optional<DataType> type = lookUpType(*parser.descr);
  if (!type)
    return makeError(
        "elements of type " + quote(*parser.descr) +
        " are not supported; use little-endian float32, float64 or float16, "
        "or uint16 with --dtype bf16");
  auto isLong = [](int64_t size) { return size > 1; };
  if (*parser.fortranOrder &&
      std::count_if(parser.shape->begin(), parser.shape->end(), isLong) > 1)
    return makeError("the array is in Fortran order; save "
                     "numpy.ascontiguousarray(array) instead");
  NpyHeader header{*type, *parser.shape, 0};
  std::optional<int64_t> numBytes = countBytes(header);
  if (!numBytes)
    return makeError("the array is too large");
  header.numBytes = *numBytes;
  return header;
}

std::string formatNpyHeader(DataType type, const std::vector<int64_t> &shape) {
  std::string dictionary = "{'descr': '" + std::string(getDescr(type)) +
                           "', 'fortran_order': False, 'shape': (";
  for (size_t i = 0; i < shape.size(); ++i)
    dictionary += (i ? " " : "") + std::to_string(shape[i]) + ",";
  if (shape.size() > 1)
    dictionary.pop_back();
  dictionary += "), }";
  constexpr size_t prefixBytes = 10;
  size_t numBytes = prefixBytes + dictionary.size() + 1;
  dictionary.append((64 - numBytes % 64) % 64, ' ');
  dictionary += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

} // namespace actin::tool
