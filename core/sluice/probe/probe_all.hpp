// probe_all — every public header of the room probe.
#pragma once

#include <sluice/probe/probe.hpp>
#include <sluice/probe/record.hpp>
#include <sluice/probe/sink.hpp>
#include <sluice/probe/wait_note.hpp>
