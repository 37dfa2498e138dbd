#include "needletail_kernels.h"
