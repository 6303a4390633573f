//===- PtxKernel.cpp - A kernel ready to run ------------------------------===//

#include "PtxKernel.h"

#include "PtxOperations.h"

#include <cstring>
#include <optional>

namespace actin::test {

uint64_t PtxSource::read(const PtxThread &thread) const {
  switch (kind) {
  case Register:
    return thread.registers[value];
  case Constant:
    return value;
  case Tid:
    return thread.number;
  case Ntid:
    return thread.block->numThreads;
  case Ctaid:
    return thread.block->number;
  case Nctaid:
    return thread.block->numBlocks;
  }
  return 0;
}

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(separator, begin), text.size());
    parts.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

struct Address {
  PtxSource base;
  uint64_t offset = 0;
};

class Decoder {
public:
  Decoder(const PtxText &module, const PtxEntry &entry,
          const std::map<std::string, uint64_t> &globals)
      : entry(entry), symbols(globals) {
    placeShared(module.shared);
    placeShared(entry.shared);
    for (const PtxVariable &parameter : entry.parameters) {
      if (parameter.sizeBytes != 8)
        throw PtxError("a parameter of another size than 8 bytes");
      parameters[parameter.name] = parameters.size();
    }
  }

  PtxKernel decode();

private:
  [[noreturn]] void fail(const std::string &what) const {
    throw PtxError("line " + std::to_string(statement->line) + ": " + what +
                   " in '" + statement->opcode + "'");
  }
  void placeShared(const std::vector<PtxVariable> &variables) {
    for (const PtxVariable &variable : variables) {
      sharedBytes = (sharedBytes + 15) / 16 * 16;
      symbols[variable.name] = sharedBytes;
      sharedBytes += variable.sizeBytes;
    }
  }
  unsigned registerOf(const std::string &name) {
    return registers.try_emplace(name, registers.size()).first->second;
  }
  void expectOperands(size_t count) const {
    if (statement->operands.size() != count)
      fail(std::to_string(statement->operands.size()) + " operands");
  }
  static std::optional<uint64_t> parseConstant(std::string_view text);
  PtxSource sourceOf(const std::string &operand);
  Address addressOf(const std::string &operand);
  std::vector<std::string> elementsOf(const std::string &operand) const;

  void decodeMove(PtxInstruction &instruction);
  void decodeMemory(PtxInstruction &instruction);
  void decodeParameter(PtxInstruction &instruction);
  void decodeShuffle(PtxInstruction &instruction);
  void decodeOperation(PtxInstruction &instruction);
  PtxInstruction decodeStatement();

  const PtxEntry &entry;
  const PtxStatement *statement = nullptr;
  std::map<std::string, uint64_t> symbols; ///< Addresses.
  std::map<std::string, size_t> parameters;
  std::map<std::string, unsigned> registers;
  size_t sharedBytes = 0;
};

/// "12", "-1", "0x10U", "0f3F800000" and "0d3FF0000000000000".
std::optional<uint64_t> Decoder::parseConstant(std::string_view text) {
  bool isNegative = text.starts_with('-');
  text.remove_prefix(isNegative);
  if (text.empty() || !std::isdigit((unsigned char)text[0]))
    return std::nullopt;
  bool isHex = text.starts_with("0f") || text.starts_with("0d") ||
               text.starts_with("0x");
  if (text.ends_with('U'))
    text.remove_suffix(1);
  std::string digits(isHex ? text.substr(2) : text);
  char *end = nullptr;
  uint64_t value = std::strtoull(digits.c_str(), &end, isHex ? 16 : 10);
  if (digits.empty() || *end != '\0')
    return std::nullopt;
  return isNegative ? 0 - value : value;
}

PtxSource Decoder::sourceOf(const std::string &operand) {
  static const std::map<std::string, PtxSource::Kind> special = {
      {"%tid.x", PtxSource::Tid},
      {"%ntid.x", PtxSource::Ntid},
      {"%ctaid.x", PtxSource::Ctaid},
      {"%nctaid.x", PtxSource::Nctaid}};
  if (auto it = special.find(operand); it != special.end())
    return {it->second, 0};
  if (std::optional<uint64_t> constant = parseConstant(operand))
    return {PtxSource::Constant, *constant};
  if (auto it = symbols.find(operand); it != symbols.end())
    return {PtxSource::Constant, it->second};
  if (auto it = registers.find(operand); it != registers.end())
    return {PtxSource::Register, it->second};
  // Special registers have no number.
  if (operand.starts_with('%') && std::isdigit((unsigned char)operand.back()))
    return {PtxSource::Register, registerOf(operand)};
  fail("unknown operand '" + operand + "'");
}

/// "[%rd1+16]", "[name]".
Address Decoder::addressOf(const std::string &operand) {
  if (!operand.starts_with('[') || !operand.ends_with(']'))
    fail("no address: '" + operand + "'");
  std::string inner = operand.substr(1, operand.size() - 2);
  size_t plus = inner.find('+');
  Address address{sourceOf(inner.substr(0, plus)), 0};
  if (plus != std::string::npos)
    address.offset = parseConstant(inner.substr(plus + 1)).value();
  return address;
}

/// "{a, b}" as its parts; anything else as one.
std::vector<std::string> Decoder::elementsOf(const std::string &operand) const {
  if (!operand.starts_with('{'))
    return {operand};
  std::vector<std::string> elements =
      split(std::string_view(operand).substr(1, operand.size() - 2), ',');
  for (std::string &element : elements)
    element.erase(0, element.find_first_not_of(' '));
  return elements;
}

/// Copies, cuts a register into parts ("_": not wanted), or joins them.
void Decoder::decodeMove(PtxInstruction &instruction) {
  expectOperands(2);
  unsigned bits = unsigned(std::atoi(statement->opcode.c_str() + 5));
  if (bits != 16 && bits != 32 && bits != 64)
    fail("unknown type");
  std::vector<std::string> to = elementsOf(statement->operands[0]);
  std::vector<std::string> from = elementsOf(statement->operands[1]);
  if (to.size() != 1 && from.size() != 1)
    fail("vectors on both sides");
  // 64 at the most, so that no shift is of the whole width.
  unsigned fromBits = bits / from.size(), toBits = bits / to.size();
  auto cut = [](uint64_t value, unsigned width) {
    return value << (64 - width) >> (64 - width);
  };
  std::vector<PtxSource> sources;
  for (const std::string &element : from)
    sources.push_back(sourceOf(element));
  std::vector<int> destinations;
  for (const std::string &element : to)
    destinations.push_back(element == "_" ? -1 : int(registerOf(element)));
  instruction.run = [=](PtxThread &thread) {
    uint64_t whole = 0;
    for (size_t i = 0; i != sources.size(); ++i)
      whole |= cut(sources[i].read(thread), fromBits) << (i * fromBits);
    for (size_t i = 0; i != destinations.size(); ++i)
      if (destinations[i] >= 0)
        thread.registers[destinations[i]] = cut(whole >> (i * toBits), toBits);
  };
}

void Decoder::decodeParameter(PtxInstruction &instruction) {
  expectOperands(2);
  const std::string &operand = statement->operands[1];
  auto it = parameters.find(operand.substr(1, operand.size() - 2));
  if (it == parameters.end() || statement->opcode != "ld.param.b64")
    fail("unknown parameter '" + operand + "'");
  instruction.run =
      [number = it->second,
       to = registerOf(statement->operands[0])](PtxThread &thread) {
        thread.registers[to] = thread.block->arguments->at(number);
      };
}

/// Of global and shared memory, one element or a vector of them.
void Decoder::decodeMemory(PtxInstruction &instruction) {
  expectOperands(2);
  std::vector<std::string> parts = split(statement->opcode, '.');
  bool isLoad = parts[0] == "ld", isGlobal = parts.at(1) == "global";
  if (!isGlobal && parts[1] != "shared")
    fail("unknown state space");
  size_t count = parts.size() == 4 && parts[2].starts_with('v')
                     ? size_t(std::atoi(parts[2].c_str() + 1))
                     : 1;
  size_t bits = parts.back().starts_with('b')
                    ? size_t(std::atoi(parts.back().c_str() + 1))
                    : 0;
  bool isKnown = (bits == 16 || bits == 32 || bits == 64) &&
                 (count == 1 ? parts.size() == 3 : count == 2 || count == 4);
  const std::string &value = statement->operands[isLoad ? 0 : 1];
  std::vector<std::string> elements = elementsOf(value);
  if (!isKnown || elements.size() != count)
    fail("unknown form");
  Address address = addressOf(statement->operands[isLoad ? 1 : 0]);
  std::vector<PtxSource> values;
  for (const std::string &element : elements)
    values.push_back(isLoad
                         ? PtxSource{PtxSource::Register, registerOf(element)}
                         : sourceOf(element));
  instruction.run = [=, size = bits / 8](PtxThread &thread) {
    uint64_t at = address.base.read(thread) + address.offset;
    std::vector<uint8_t> &shared = thread.block->shared;
    if (!isGlobal && (at % size != 0 || at + size * count > shared.size()))
      throw PtxError("outside of the block's shared memory, or not aligned");
    uint8_t *bytes = isGlobal ? thread.block->global->access(at, size * count)
                              : shared.data() + at;
    for (size_t i = 0; i != count; ++i) {
      uint64_t element = isLoad ? 0 : values[i].read(thread);
      if (isLoad) {
        std::memcpy(&element, bytes + i * size, size);
        thread.registers[values[i].value] = element;
      } else {
        std::memcpy(bytes + i * size, &element, size);
      }
    }
  };
}

/// By the whole warp, all of it: lane ^ distance.
void Decoder::decodeShuffle(PtxInstruction &instruction) {
  expectOperands(5);
  const std::vector<std::string> &operands = statement->operands;
  std::optional<uint64_t> distance = parseConstant(operands[2]);
  if (statement->opcode != "shfl.sync.bfly.b32" || !distance ||
      *distance >= 32 || operands[3] != "31" || operands[4] != "-1")
    fail("unknown form");
  instruction.kind = PtxInstruction::Shuffle;
  instruction.destination = registerOf(operands[0]);
  instruction.value = sourceOf(operands[1]);
  instruction.distance = unsigned(*distance);
}

void Decoder::decodeOperation(PtxInstruction &instruction) {
  const PtxOperation *operation = findPtxOperation(statement->opcode);
  if (!operation)
    fail("unknown instruction");
  expectOperands(1 + operation->numSources);
  std::vector<PtxSource> sources(3);
  for (unsigned i = 0; i != operation->numSources; ++i)
    sources[i] = sourceOf(statement->operands[1 + i]);
  instruction.run =
      [compute = operation->compute, a = sources[0], b = sources[1],
       c = sources[2],
       to = registerOf(statement->operands[0])](PtxThread &thread) {
        thread.registers[to] =
            compute(a.read(thread), b.read(thread), c.read(thread));
      };
}

PtxInstruction Decoder::decodeStatement() {
  PtxInstruction instruction;
  instruction.line = statement->line;
  const std::string &opcode = statement->opcode;
  if (!statement->guard.empty()) {
    instruction.guard = int(registerOf(statement->guard));
    instruction.isGuardNegated = statement->isGuardNegated;
  }
  if (opcode == "bra" || opcode == "bra.uni") {
    expectOperands(1);
    auto label = entry.labels.find(statement->operands[0]);
    if (label == entry.labels.end())
      fail("unknown label '" + statement->operands[0] + "'");
    instruction.kind = PtxInstruction::Branch;
    instruction.target = label->second;
  } else if (opcode == "ret") {
    instruction.kind = PtxInstruction::Return;
  } else if (opcode == "bar.sync") {
    if (statement->operands != std::vector<std::string>{"0"})
      fail("unknown form");
    instruction.kind = PtxInstruction::Barrier;
  } else if (opcode.starts_with("shfl")) {
    decodeShuffle(instruction);
  } else if (opcode.starts_with("mov.")) {
    decodeMove(instruction);
  } else if (opcode.starts_with("ld.param")) {
    decodeParameter(instruction);
  } else if (opcode.starts_with("ld.") || opcode.starts_with("st.")) {
    decodeMemory(instruction);
  } else {
    decodeOperation(instruction);
  }
  return instruction;
}

PtxKernel Decoder::decode() {
  PtxKernel kernel;
  for (const PtxStatement &next : entry.statements) {
    statement = &next;
    kernel.instructions.push_back(decodeStatement());
  }
  kernel.name = entry.name;
  kernel.maxThreads = entry.maxThreads;
  kernel.numParameters = unsigned(entry.parameters.size());
  kernel.numRegisters = unsigned(registers.size());
  kernel.sharedBytes = sharedBytes;
  return kernel;
}

} // namespace

PtxKernel decodePtx(const PtxText &module, const PtxEntry &entry,
                    const std::map<std::string, uint64_t> &globals) {
  return Decoder(module, entry, globals).decode();
}

} // namespace actin::test
