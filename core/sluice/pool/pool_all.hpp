// pool_all — every public header of the room pool.
#pragma once

#include <sluice/pool/pool_metrics.hpp>
#include <sluice/pool/worker_pool.hpp>
