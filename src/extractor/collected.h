// Moved.
#pragma once
#include "ingest/content/collected.h"
