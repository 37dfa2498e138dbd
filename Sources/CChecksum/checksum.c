#include "needletail_checksum.h"
