#include "needletail_faiss.h"
