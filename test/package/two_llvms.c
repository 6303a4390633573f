/* two_llvms.c - A host that has an LLVM of its own in its process.
 *
 * two_llvms LIBLLVM_SO: loads that library with all its symbols visible, works
 * with it, compiles and runs a kernel, and works with it again. */

#define _GNU_SOURCE
#include "actin-c/actin.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/* What the host does with its LLVM: a function, printed. */
static int useHostLLVM(void *library) {
  void *(*createModule)(const char *) =
      (void *(*)(const char *))dlsym(library, "LLVMModuleCreateWithName");
  void *(*int32Type)(void) = (void *(*)(void))dlsym(library, "LLVMInt32Type");
  void *(*functionType)(void *, void **, unsigned, int) =
      (void *(*)(void *, void **, unsigned, int))dlsym(library,
                                                       "LLVMFunctionType");
  void *(*addFunction)(void *, const char *, void *) =
      (void *(*)(void *, const char *, void *))dlsym(library,
                                                     "LLVMAddFunction");
  char *(*print)(void *) =
      (char *(*)(void *))dlsym(library, "LLVMPrintModuleToString");
  void (*disposeMessage)(char *) =
      (void (*)(char *))dlsym(library, "LLVMDisposeMessage");
  void (*disposeModule)(void *) =
      (void (*)(void *))dlsym(library, "LLVMDisposeModule");
  void *module = createModule("host");
  char *text;
  int isRight;
  addFunction(module, "answer", functionType(int32Type(), NULL, 0, 0));
  text = print(module);
  isRight = strstr(text, "declare i32 @answer()") != NULL;
  disposeMessage(text);
  disposeModule(module);
  return isRight;
}

static int useActin(void) {
  const char *formula = "activation f(x) = max(x, 0) * 3";
  float x[5] = {-2, -1, 0, 1, 2}, y[5];
  const int64_t shape[1] = {5};
  actin_tensor in = {NULL, NULL, NULL, 1, ACTIN_F32}, out;
  actin_call call = ACTIN_CALL_INIT;
  actin_module *module;
  actin_activation *activation = NULL;
  actin_compiler *compiler = NULL;
  actin_kernel *kernel = NULL;
  actin_status *status =
      actin_module_parse(formula, strlen(formula), NULL, &module);
  out = in;
  in.data = x, out.data = y;
  in.shape = out.shape = shape;
  call.inputs = &in, call.num_inputs = 1, call.out = &out;
  if (!status)
    status = actin_module_get_activation(module, 0, &activation);
  if (!status)
    status = actin_compiler_create(&compiler);
  if (!status)
    status = actin_compile(compiler, activation, NULL, &kernel);
  if (!status)
    status = actin_kernel_run(kernel, &call);
  fprintf(stderr, "%s", actin_status_get_message(status));
  actin_kernel_release(kernel);
  actin_compiler_destroy(compiler);
  actin_activation_release(activation);
  actin_module_destroy(module);
  if (status) {
    actin_status_destroy(status);
    return 0;
  }
  return y[0] == 0 && y[3] == 3 && y[4] == 6;
}

int main(int argc, char **argv) {
  void *library = argc == 2 ? dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL) : NULL;
  if (!library) {
    fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "usage: two_llvms LIBLLVM");
    return 1;
  }
  if (!useHostLLVM(library) || !useActin() || !useHostLLVM(library)) {
    fprintf(stderr, "wrong result\n");
    return 1;
  }
  return 0;
}
