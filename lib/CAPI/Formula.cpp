//===- Formula.cpp - Modules and activations ------------------------------===//

#include "CAPI/Objects.h"

using namespace actin;
using namespace actin::capi;

extern "C" {

actin_status *actin_module_parse(const char *text, size_t length,
                                 const char *file, actin_module **module) {
  ACTIN_CHECK_RESULT(module);
  ACTIN_CHECK_ARGUMENT(text);
  return guarded([&]() -> actin_status * {
    std::string_view source(text, length);
    Expected<Module> parsed = parseModule(source);
    if (!parsed)
      return makeStatus(ACTIN_INVALID_SOURCE, parsed.error(), source, file);
    *module =
        new actin_module{std::make_shared<const Module>(std::move(*parsed))};
    return nullptr;
  });
}

actin_status *actin_module_get_library(actin_module **module) {
  ACTIN_CHECK_RESULT(module);
  return guarded([&]() -> actin_status * {
    // Shared with nobody: the library lives as long as the process.
    *module = new actin_module{
        {std::shared_ptr<const Module>(), &getStandardLibrary()}};
    return nullptr;
  });
}

size_t actin_module_get_num_activations(const actin_module *module) {
  return module ? module->module->getActivations().size() : 0;
}

actin_status *actin_module_get_activation(const actin_module *module,
                                          size_t index,
                                          actin_activation **activation) {
  ACTIN_CHECK_RESULT(activation);
  ACTIN_CHECK_ARGUMENT(module);
  return guarded([&]() -> actin_status * {
    const std::vector<Activation> &all = module->module->getActivations();
    if (index >= all.size())
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        "the module has " + std::to_string(all.size()) +
                            " activations, there is no number " +
                            std::to_string(index));
    *activation = new actin_activation{all[index]};
    return nullptr;
  });
}

actin_status *actin_module_find(const actin_module *module, const char *name,
                                actin_activation **activation) {
  ACTIN_CHECK_RESULT(activation);
  ACTIN_CHECK_ARGUMENT(module);
  ACTIN_CHECK_ARGUMENT(name);
  return guarded([&]() -> actin_status * {
    const Activation *found = module->module->find(name);
    if (!found)
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        std::string("the module has no activation '") + name +
                            "'");
    *activation = new actin_activation{*found};
    return nullptr;
  });
}

void actin_module_destroy(actin_module *module) { delete module; }

void actin_activation_retain(actin_activation *activation) {
  retain(activation);
}

void actin_activation_release(actin_activation *activation) {
  release(activation);
}

const char *actin_activation_get_name(const actin_activation *activation) {
  return activation ? activation->activation.getName().c_str() : nullptr;
}

size_t actin_activation_get_num_inputs(const actin_activation *activation) {
  return activation ? activation->activation.getInputs().size() : 0;
}

const char *actin_activation_get_input_name(const actin_activation *activation,
                                            size_t index) {
  return index < actin_activation_get_num_inputs(activation)
             ? activation->activation.getInputs()[index].c_str()
             : nullptr;
}

size_t actin_activation_get_num_parameters(const actin_activation *activation) {
  return activation ? activation->activation.getParameters().size() : 0;
}

actin_status *actin_activation_get_parameter(const actin_activation *activation,
                                             size_t index,
                                             actin_parameter *parameter) {
  ACTIN_CHECK_ARGUMENT(activation);
  ACTIN_CHECK_ARGUMENT(parameter);
  return guarded([&]() -> actin_status * {
    const std::vector<Parameter> &all = activation->activation.getParameters();
    if (index >= all.size())
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        "there is no parameter number " +
                            std::to_string(index));
    const Parameter &found = all[index];
    actin_parameter value = {sizeof(actin_parameter), found.name.c_str(),
                             found.perChannel, found.defaultValue.has_value(),
                             found.defaultValue.value_or(0.0)};
    if (!writeStruct(value, parameter))
      return makeStatus(ACTIN_INVALID_ARGUMENT,
                        "'parameter' does not hold its size");
    return nullptr;
  });
}

actin_status *actin_activation_print(const actin_activation *activation,
                                     actin_buffer **text) {
  ACTIN_CHECK_RESULT(text);
  ACTIN_CHECK_ARGUMENT(activation);
  return guarded([&]() -> actin_status * {
    *text = new actin_buffer{activation->activation.print()};
    return nullptr;
  });
}

} // extern "C"
