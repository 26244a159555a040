// base_all — every public header of the room base.
#pragma once

#include <sluice/base/cache_line.hpp>
#include <sluice/base/clock.hpp>
#include <sluice/base/concepts.hpp>
#include <sluice/base/contract.hpp>
#include <sluice/base/cpu.hpp>
#include <sluice/base/error.hpp>
#include <sluice/base/intrusive_list.hpp>
#include <sluice/base/json_writer.hpp>
#include <sluice/base/manual_lifetime.hpp>
#include <sluice/base/process_fence.hpp>
#include <sluice/base/random.hpp>
#include <sluice/base/result.hpp>
#include <sluice/base/scope_exit.hpp>
