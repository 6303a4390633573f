//===- Operands.cpp - Arrays for one kernel call --------------------------===//

#include "Operands.h"

#include "Options.h"

#include "actin/Elements.h"

#include <cstdlib>
#include <cstring>

namespace actin::tool {
namespace {

std::string describe(const std::vector<int64_t> &shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

/// uint16 is bfloat16 only where the user says so.
NpyArray readTensor(const std::string &path,
                    std::optional<DataType> requested) {
  NpyArray array = unwrap(readNpy(path));
  if (requested == array.type || (!requested && array.type != DataType::BF16))
    return array;
  if (!requested)
    failInput("'" + path + "' holds uint16",
              "if these are bfloat16 values, say --dtype bf16");
  failInput(
      "'" + path + "' holds " +
      (array.type == DataType::BF16 ? "uint16" : getTypeName(array.type)) +
      ", not " + getTypeName(*requested) + " as --dtype says");
}

void checkEqual(const NpyArray &array, const std::string &name,
                const NpyArray &first, const std::string &firstName) {
  if (array.type != first.type)
    failInput("'" + name + "' is " + getTypeName(array.type) + " but '" +
              firstName + "' is " + getTypeName(first.type));
  if (array.shape != first.shape)
    failInput("'" + name + "' has shape " + describe(array.shape) + " but '" +
              firstName + "' has " + describe(first.shape));
}

/// `array` (any supported type) in `type`, F32 or F64.
NpyArray convert(const NpyArray &array, DataType type) {
  if (array.type == type)
    return array;
  NpyArray result = makeArray(type, array.shape);
  int64_t numElements = array.getNumElements();
  for (int64_t i = 0; i < numElements; ++i)
    storeElement(
        &result.data[i * getSizeBytes(type)], type,
        loadElement(&array.data[i * getSizeBytes(array.type)], array.type));
  return result;
}

NpyArray readParameter(const Binding &binding, DataType type,
                       std::optional<DataType> requested) {
  char *end = nullptr;
  double number = std::strtod(binding.value.c_str(), &end);
  if (*end == '\0') {
    NpyArray scalar = makeArray(type, {});
    storeElement(scalar.data.data(), type, number);
    return scalar;
  }
  Expected<NpyArray> array = readNpy(binding.value);
  if (!array)
    failInput("--param " + binding.name + ": " + array.error().front().message);
  if (array->type == DataType::BF16 && requested != DataType::BF16)
    failInput("'" + binding.value + "' holds uint16",
              "if these are bfloat16 values, say --dtype bf16");
  return convert(*array, type);
}

NpyArray makeOnes(DataType type, const std::vector<int64_t> &shape) {
  NpyArray ones = makeArray(type, shape);
  std::byte one[8];
  storeElement(one, type, 1);
  size_t size = getSizeBytes(type);
  for (size_t offset = 0; offset < ones.data.size(); offset += size)
    std::memcpy(&ones.data[offset], one, size);
  return ones;
}

} // namespace

Operands readOperands(const Activation &activation, const Bindings &bindings,
                      const std::string &doutPath, bool needsDout,
                      std::optional<DataType> requested) {
  Operands operands;
  const std::vector<std::string> &names = activation.getInputs();
  for (size_t i = 0; i < names.size(); ++i) {
    operands.inputs.push_back(readTensor(bindings.inputs[i], requested));
    checkEqual(operands.inputs[i], names[i], operands.inputs[0], names[0]);
  }
  const NpyArray &first = operands.inputs.front();
  operands.type = first.type;
  if (!doutPath.empty()) {
    operands.dout = readTensor(doutPath, requested);
    checkEqual(*operands.dout, "dout", first, names[0]);
  } else if (needsDout) {
    operands.dout = makeOnes(first.type, first.shape);
  }
  const std::vector<Parameter> &parameters = activation.getParameters();
  for (size_t i = 0; i < parameters.size(); ++i) {
    operands.parameters.emplace_back();
    if (!bindings.parameters[i].empty())
      operands.parameters[i] =
          readParameter({parameters[i].name, bindings.parameters[i]},
                        getComputeType(first.type), requested);
  }
  return operands;
}

const Parameter *findParameter(const Activation &activation,
                               const std::string &name) {
  for (const Parameter &parameter : activation.getParameters())
    if (parameter.name == name)
      return &parameter;
  return nullptr;
}

int64_t countChannels(const std::vector<int64_t> &shape, int64_t channelAxis) {
  int64_t rank = static_cast<int64_t>(shape.size());
  if (rank < 2)
    return 1;
  int64_t axis = channelAxis < 0 ? channelAxis + rank : channelAxis;
  if (axis < 0 || axis >= rank)
    failInput("there is no axis " + std::to_string(channelAxis) +
              " in an array of shape " + describe(shape));
  return shape[static_cast<size_t>(axis)];
}

} // namespace actin::tool
