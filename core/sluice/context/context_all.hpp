// context_all — every public header of the room context.
#pragma once

#include <sluice/context/after_func.hpp>
#include <sluice/context/context.hpp>
#include <sluice/context/context_key.hpp>
#include <sluice/context/context_pool.hpp>
#include <sluice/context/custom_context.hpp>
#include <sluice/context/end_operation.hpp>
#include <sluice/context/stop_token.hpp>
#include <sluice/context/waiting.hpp>
