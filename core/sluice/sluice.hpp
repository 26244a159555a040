// sluice — everything.
#pragma once

#include <sluice/base/base_all.hpp>
#include <sluice/atomics/atomics_all.hpp>
#include <sluice/platform/platform_all.hpp>
#include <sluice/probe/probe_all.hpp>
#include <sluice/task/task_all.hpp>
#include <sluice/reclaim/reclaim_all.hpp>
#include <sluice/model/model_all.hpp>
#include <sluice/lockfree/lockfree_all.hpp>
#include <sluice/context/context_all.hpp>
#include <sluice/runtime/runtime_all.hpp>
#include <sluice/channel/channel_all.hpp>
#include <sluice/sync/sync_all.hpp>
#include <sluice/time/time_all.hpp>
#include <sluice/observe/observe_all.hpp>
#include <sluice/pool/pool_all.hpp>
#include <sluice/resilience/resilience_all.hpp>
#include <sluice/container/container_all.hpp>
#include <sluice/testing/testing_all.hpp>
#include <sluice/flow/flow_all.hpp>
#include <sluice/scenarios/scenarios_all.hpp>
