// channel_all — every public header of the room channel.
#pragma once

#include <sluice/channel/broadcast.hpp>
#include <sluice/channel/broadcast_case.hpp>
#include <sluice/channel/channel.hpp>
#include <sluice/channel/direction.hpp>
#include <sluice/channel/oneshot.hpp>
#include <sluice/channel/oneshot_case.hpp>
#include <sluice/channel/select.hpp>
