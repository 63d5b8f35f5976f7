/*
 * stream_facts: what a file says about its streams, for stream_choice.h. Private to media; any thread.
 *
 * What a stream is for comes from its disposition. Where that says nothing, which was usual in Matroska until 2020, the
 * title may say it ("Director's commentary").
 */
#pragma once

#include <libavformat/avformat.h>

#include "media/stream_choice.h"

/* The first n <= STREAMS_MAX streams of `fmt`. */
void stream_facts_read(const AVFormatContext *fmt, int n, struct stream_facts *out);
