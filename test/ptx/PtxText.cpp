//===- PtxText.cpp - The parts of a PTX module ----------------------------===//

#include "PtxText.h"

#include <cctype>
#include <charconv>
#include <optional>

namespace actin::test {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace((unsigned char)text.front()))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace((unsigned char)text.back()))
    text.remove_suffix(1);
  return text;
}

/// The words between white space.
std::vector<std::string> splitWords(std::string_view text) {
  std::vector<std::string> words;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    size_t end = text.find_first_of(" \t\n");
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
  }
  return words;
}

/// The parts between commas that are in no brackets.
std::vector<std::string> splitOperands(std::string_view text) {
  std::vector<std::string> operands;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    char c = i < text.size() ? text[i] : ',';
    depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    if (c != ',' || (depth != 0 && i < text.size()))
      continue;
    std::string_view operand = trim(text.substr(begin, i - begin));
    if (!operand.empty())
      operands.emplace_back(operand);
    begin = i + 1;
  }
  return operands;
}

class Reader {
public:
  explicit Reader(std::string_view text) : text(text) {}

  PtxText read();

private:
  [[noreturn]] void fail(const std::string &what) const {
    throw PtxError("line " + std::to_string(line) + ": " + what);
  }
  char peek() const { return at < text.size() ? text[at] : '\0'; }
  void advance() { line += text[at++] == '\n'; }
  void skipSpace();
  bool consume(char c);
  /// Up to one of `ends`, which is not consumed; comments left out.
  std::string readUntil(std::string_view ends);
  size_t toNumber(std::string_view digits) const;
  PtxVariable readVariable(std::string_view declaration) const;
  void readEntry();
  void readBody(PtxEntry &entry);
  void readStatement(PtxEntry &entry, std::string_view statement);

  std::string_view text;
  size_t at = 0;
  unsigned line = 1;
  PtxText result;
};

void Reader::skipSpace() {
  while (at < text.size()) {
    if (text.substr(at, 2) == "//")
      while (at < text.size() && peek() != '\n')
        advance();
    else if (std::isspace((unsigned char)peek()))
      advance();
    else
      return;
  }
}

bool Reader::consume(char c) {
  skipSpace();
  if (peek() != c)
    return false;
  advance();
  return true;
}

std::string Reader::readUntil(std::string_view ends) {
  std::string read;
  while (at < text.size() && ends.find(peek()) == std::string_view::npos) {
    if (text.substr(at, 2) == "//") {
      skipSpace();
      continue;
    }
    read += peek();
    advance();
  }
  if (at == text.size())
    fail("the text ends too early");
  return read;
}

size_t Reader::toNumber(std::string_view digits) const {
  size_t number = 0;
  auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size())
    fail("no number: '" + std::string(digits) + "'");
  return number;
}

/// ".global .align 8 .b8 name[16] = {1, 2}" and ".param .u64 name".
PtxVariable Reader::readVariable(std::string_view declaration) const {
  PtxVariable variable;
  size_t equals = declaration.find('=');
  std::vector<std::string> words = splitWords(declaration.substr(0, equals));
  variable.name = words.back();
  size_t count = 1;
  if (size_t bracket = variable.name.find('['); bracket != std::string::npos) {
    count =
        toNumber(std::string_view(variable.name)
                     .substr(bracket + 1, variable.name.size() - bracket - 2));
    variable.name.resize(bracket);
  }
  const std::map<std::string_view, size_t> sizes = {
      {".b8", 1},  {".b16", 2}, {".b32", 4}, {".u32", 4},
      {".f32", 4}, {".b64", 8}, {".u64", 8}, {".f64", 8}};
  for (const std::string &word : words)
    if (auto it = sizes.find(word); it != sizes.end())
      variable.sizeBytes = it->second * count;
  if (variable.sizeBytes == 0)
    fail("unknown declaration '" + std::string(declaration) + "'");
  if (equals == std::string_view::npos)
    return variable;
  if (variable.sizeBytes != count)
    fail("only bytes can be initialised");
  std::string_view values = trim(declaration.substr(equals + 1));
  for (const std::string &value :
       splitOperands(values.substr(1, values.size() - 2)))
    variable.bytes.push_back(uint8_t(toNumber(value)));
  variable.bytes.resize(variable.sizeBytes);
  return variable;
}

void Reader::readStatement(PtxEntry &entry, std::string_view text) {
  text = trim(text);
  if (text.starts_with(".reg"))
    return; // A register is what is used as one.
  if (text.starts_with(".shared")) {
    entry.shared.push_back(readVariable(text));
    return;
  }
  PtxStatement statement;
  statement.line = line;
  if (text.starts_with('@')) {
    size_t end = text.find_first_of(" \t");
    statement.isGuardNegated = text[1] == '!';
    size_t begin = statement.isGuardNegated ? 2 : 1;
    statement.guard = std::string(text.substr(begin, end - begin));
    text = trim(text.substr(end));
  }
  size_t end = std::min(text.find_first_of(" \t"), text.size());
  statement.opcode = std::string(text.substr(0, end));
  statement.operands = splitOperands(text.substr(end));
  entry.statements.push_back(std::move(statement));
}

/// Past the '{' of a kernel, up to and with its '}'.
void Reader::readBody(PtxEntry &entry) {
  for (int depth = 1; depth != 0;) {
    if (consume('{')) {
      ++depth;
      continue;
    }
    if (consume('}')) {
      --depth;
      continue;
    }
    std::string word = readUntil(";:");
    if (peek() == ':')
      entry.labels[std::string(trim(word))] = entry.statements.size();
    else
      readStatement(entry, word);
    advance();
  }
}

/// From behind ".visible .entry".
void Reader::readEntry() {
  PtxEntry entry;
  entry.name = std::string(trim(readUntil("(")));
  advance();
  for (const std::string &parameter : splitOperands(readUntil(")")))
    entry.parameters.push_back(readVariable(parameter));
  advance();
  std::vector<std::string> words = splitWords(readUntil("{"));
  advance();
  for (size_t i = 0; i + 1 < words.size(); i += 2) {
    if (words[i] == ".maxntid")
      entry.maxThreads = unsigned(toNumber(words[i + 1]));
    else if (words[i] != ".minnctapersm")
      fail("unknown directive '" + words[i] + "'");
  }
  readBody(entry);
  result.entries.push_back(std::move(entry));
}

PtxText Reader::read() {
  for (skipSpace(); at < text.size(); skipSpace()) {
    if (text.substr(at).starts_with(".visible .entry")) {
      at += std::string_view(".visible .entry").size();
      readEntry();
    } else if (text.substr(at).starts_with(".global")) {
      result.globals.push_back(readVariable(readUntil(";")));
      advance();
    } else if (text.substr(at).starts_with(".shared")) {
      result.shared.push_back(readVariable(readUntil(";")));
      advance();
    } else {
      std::vector<std::string> words = splitWords(readUntil("\n"));
      if (words.at(0) == ".target")
        result.target = words.at(1);
      else if (words[0] != ".version" && words[0] != ".address_size")
        fail("unknown directive '" + words[0] + "'");
    }
  }
  return std::move(result);
}

} // namespace

PtxText readPtx(std::string_view text) { return Reader(text).read(); }

} // namespace actin::test
