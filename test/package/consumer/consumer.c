/* consumer.c - Somebody's C program: silu and its gradient, from text. */

#include "actin-c/actin.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int fail(actin_status *status) {
  fprintf(stderr, "%s", actin_status_get_message(status));
  actin_status_destroy(status);
  return 1;
}

static int check(const float *x, const float *y, const float *dx, int count) {
  int i;
  for (i = 0; i < count; ++i) {
    double s = 1 / (1 + exp(-(double)x[i]));
    if (fabs(y[i] - x[i] * s) > 2e-6 * fabs(y[i]) + 1e-30 ||
        fabs(dx[i] - s * (1 + x[i] * (1 - s))) > 1e-6) {
      fprintf(stderr, "silu(%g) = %g, derivative %g\n", x[i], y[i], dx[i]);
      return 1;
    }
  }
  return 0;
}

static int run(const actin_kernel *kernel) {
  float x[1000], dout[1000], y[1000], dx[1000];
  const int64_t shape[2] = {10, 100};
  actin_tensor tensors[4];
  actin_call call = ACTIN_CALL_INIT;
  actin_status *status;
  float *data[4];
  int i;
  data[0] = x, data[1] = dout, data[2] = y, data[3] = dx;
  for (i = 0; i < 1000; ++i) {
    x[i] = (float)(i - 500) / 50;
    dout[i] = 1;
  }
  for (i = 0; i < 4; ++i) {
    tensors[i].data = data[i];
    tensors[i].shape = shape;
    tensors[i].strides = NULL;
    tensors[i].rank = 2;
    tensors[i].dtype = ACTIN_F32;
  }
  call.inputs = &tensors[0];
  call.num_inputs = 1;
  call.dout = &tensors[1];
  call.out = &tensors[2];
  call.gradients = &tensors[3];
  call.num_gradients = 1;
  status = actin_kernel_run(kernel, &call);
  return status ? fail(status) : check(x, y, dx, 1000);
}

int main(void) {
  const char *text = "activation silu(x) = x / (1 + exp(-x))";
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  actin_module *module;
  actin_activation *silu = NULL;
  actin_compiler *compiler = NULL;
  actin_kernel *kernel = NULL;
  int result;
  actin_status *status =
      actin_module_parse(text, strlen(text), "net.act", &module);
  options.pass = ACTIN_PASS_FUSED;
  if (!status)
    status = actin_module_find(module, "silu", &silu);
  if (!status)
    status = actin_compiler_create(&compiler);
  if (!status)
    status = actin_compile(compiler, silu, &options, &kernel);
  result = status ? fail(status) : run(kernel);
  actin_kernel_release(kernel);
  actin_compiler_destroy(compiler);
  actin_activation_release(silu);
  actin_module_destroy(module);
  return result;
}
