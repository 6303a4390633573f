//===- Golden.cpp - Reference values and how to judge by them -------------===//

#include "Golden.h"

#include "Verify/Contract.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace fs = std::filesystem;

namespace actin::test {
namespace {

double parseNumber(const std::string &text) {
  char *end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str())
    throw std::runtime_error("no number: '" + text + "'");
  return value;
}

std::vector<std::string> splitTabs(const std::string &line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, '\t');)
    cells.push_back(cell);
  return cells;
}

/// A line "# name = value".
std::pair<std::string, double> parseParameter(const std::string &line) {
  size_t equals = line.find(" = ");
  if (equals == std::string::npos || equals < 2)
    throw std::runtime_error("malformed: '" + line + "'");
  return {line.substr(2, equals - 2), parseNumber(line.substr(equals + 3))};
}

void readValues(std::istream &stream, Golden &golden) {
  std::vector<std::string> header;
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with('#')) {
      golden.parameters.push_back(parseParameter(line));
      continue;
    }
    std::vector<std::string> cells = splitTabs(line);
    if (header.empty()) {
      header = cells;
      golden.inputs.assign(header.begin(),
                           std::find(header.begin(), header.end(), "y"));
      continue;
    }
    if (cells.size() != header.size())
      throw std::runtime_error("a row of another width: '" + line + "'");
    for (size_t i = 0; i < cells.size(); ++i)
      golden.columns[header[i]].push_back(parseNumber(cells[i]));
  }
}

Golden readGolden(const fs::path &folder) {
  Golden golden;
  golden.name = folder.filename().string();
  golden.formulaPath = (folder / "formula.act").string();
  std::ifstream formula(golden.formulaPath);
  std::stringstream text;
  text << formula.rdbuf();
  golden.formula = text.str();
  std::ifstream values(folder / "values.tsv");
  if (!formula || !values)
    throw std::runtime_error("cannot read " + folder.string());
  readValues(values, golden);
  return golden;
}

std::vector<Golden> readGoldens() {
  std::vector<Golden> goldens;
  for (const auto &entry : fs::directory_iterator(ACTIN_GOLDENS_FOLDER))
    goldens.push_back(readGolden(entry.path()));
  std::sort(goldens.begin(), goldens.end(),
            [](const Golden &a, const Golden &b) { return a.name < b.name; });
  return goldens;
}

} // namespace

double Golden::getCondition(size_t row) const {
  double sum = std::fabs(columns.at("y")[row]);
  for (const std::string &input : inputs)
    sum += std::fabs(columns.at(input)[row] * columns.at("d" + input)[row]);
  return std::isfinite(sum) ? sum : 0;
}

std::string Golden::describeRow(size_t row) const {
  std::string text;
  for (const std::string &input : inputs)
    text +=
        (text.empty() ? "" : " ") + input + "=" + toHex(columns.at(input)[row]);
  return text;
}

const std::vector<Golden> &getGoldens() {
  static const std::vector<Golden> goldens = readGoldens();
  return goldens;
}

Judgement judge(double actual, double exact, DataType type, double condition) {
  if (std::isnan(exact))
    return {std::isnan(actual), 0};
  bool isF64 = type == DataType::F64;
  ErrorBound bound;
  bound.ulps = 4;
  bound.absolute = isF64 ? 5e-16 : 2.4e-7;
  bound.conditioned = std::ldexp(4.0, isF64 ? -53 : -24);
  Deviation deviation = measure(actual, {roundTo(exact, type)}, type);
  return {isWithin(deviation, bound, condition), deviation.ulps};
}

std::string toHex(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%a", value);
  return text;
}

void AccuracyTable::add(const Golden &golden, DataType type,
                        const std::string &target, const std::string &column,
                        size_t row, double ulps) {
  const char *typeName = type == DataType::F64 ? "f64" : "f32";
  char key[96];
  std::snprintf(key, sizeof(key), "%-20s %-4s %-10s", golden.name.c_str(),
                typeName, column.c_str());
  Entry &entry = entries[key];
  if (ulps > entry.ulps)
    entry = {ulps, target, golden.describeRow(row)};
}

void AccuracyTable::print() const {
  std::printf("%-20s %-4s %-10s %10s  %-10s %s\n", "activation", "type",
              "column", "worst ulp", "target", "at");
  for (const auto &[key, entry] : entries)
    std::printf("%s %10.3g  %-10s %s\n", key.c_str(), entry.ulps,
                entry.target.c_str(), entry.where.c_str());
}

AccuracyTable &getAccuracyTable() {
  static AccuracyTable table;
  return table;
}

} // namespace actin::test
