/* CHeader.c - The header in C89: it compiles, and its initialisers are right. */

#include "actin-c/actin.h"

int initialisersSayTheSizes(void);

int initialisersSayTheSizes(void) {
  actin_call call = ACTIN_CALL_INIT;
  actin_compile_options options = ACTIN_COMPILE_OPTIONS_INIT;
  actin_parameter parameter = ACTIN_PARAMETER_INIT;
  actin_cache_statistics statistics = ACTIN_CACHE_STATISTICS_INIT;
  return call.struct_size == sizeof(call) && call.channel_axis == 1 &&
         call.num_threads == 1 && options.struct_size == sizeof(options) &&
         parameter.struct_size == sizeof(parameter) &&
         statistics.struct_size == sizeof(statistics);
}
