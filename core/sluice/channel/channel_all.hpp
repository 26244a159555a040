// channel_all — every public header of the room channel.
#pragma once

#include <sluice/channel/channel.hpp>
#include <sluice/channel/direction.hpp>
