/* Two functions of the library, one of them in place. */

#include "act/activations.h"

int main(void) {
  float x[3] = {1, 2, 3}, y[3];
  twice_forward(x, y, 3);
  gelu_forward(x, x, 3);
  return !(y[2] == 6 && x[2] > 2.99f && x[2] < 3);
}
