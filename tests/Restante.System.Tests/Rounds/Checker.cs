namespace Restante.System.Tests.Rounds;

/// <summary>
/// Goes through a history and says which promises it breaks. Each check holds for certain: where it is not known which of two things came
/// first, or what the clock of the gateway showed, nothing is said.
/// </summary>
/// <param name="entries">The history.</param>
/// <param name="clock">The wall clock of the gateway.</param>
/// <param name="maxDeliveries">How often a message is handed out before it ends as undeliverable.</param>
internal sealed class Checker(IReadOnlyList<Entry> entries, RoundClock clock, int maxDeliveries)
{
    private readonly List<string> _broken = [];
    private readonly ILookup<Act, Entry> _acts = entries.ToLookup(static e => e.Act);

    /// <summary>What is broken, with the entries that show it.</summary>
    public IReadOnlyList<string> Check()
    {
        Entry? look = _acts[Act.Looked].LastOrDefault();
        Entry? drained = _acts[Act.Drained].LastOrDefault();
        List<Story> stories = Stories();
        foreach (Story story in stories)
        {
            CheckIdentity(story);
            CheckHandouts(story);
            CheckEnd(story);
            CheckOutcome(story);
            CheckNothingLost(story, look, drained);
        }

        CheckReplaced(stories);
        CheckPlaces(stories);
        CheckConnections();
        _broken.AddRange(new StreamChecker(_acts, look, drained).Check());
        return _broken;
    }

    private List<Story> Stories()
    {
        // A notification is one message at each device: its sender's acts belong to all of them.
        Act[] acts =
        [
            Act.Send, Act.Cancel, Act.Notify, Act.Recall, Act.Answer, Act.Handout, Act.Settle, Act.Outcome, Act.Shelved, Act.Waiting,
        ];
        string[] fleet = [.. entries.Select(static e => e.Device).Where(static d => d.Length > 0).Distinct()];
        List<Story> stories = [];
        foreach (IGrouping<string, Entry> message in acts.SelectMany(a => _acts[a]).GroupBy(static e => e.Key))
        {
            bool isForAll = message.Any(static e => e.Act == Act.Notify);
            string[] named = [.. message.Select(static e => e.Device).Where(static d => d.Length > 0).Distinct()];
            foreach (string device in isForAll ? fleet : named)
                stories.Add(new Story(device, message.Key, [.. message.Where(e => e.Device == device || e.Device.Length == 0)]));
        }

        return stories;
    }

    private void CheckIdentity(Story story)
    {
        List<long> ids = [.. story.Entries.Select(static e => e.Id).Where(static id => id > 0).Distinct()];
        if (ids.Count > 1)
            Broken("one message-id is one message", story, $"it has the ids {string.Join(", ", ids)}");
        if (story.Handouts.Count > 0 && story.Sends.Count == 0)
            Broken("a device sees only its own", story, "nobody sent this to it");
        if (story.Handouts.Any(static h => h.Kind != "notification" && h.Word != h.Device))
            Broken("a device sees only its own", story, $"it is meant for {story.Handouts[0].Word}");
        bool isThere = story.Handouts.Count + story.Outcomes.Count + story.Shelved.Count + story.Waits.Count > 0;
        if (isThere && story.Sends.Count > 0 && story.Sends.All(static s => s.Reply == Reply.Refused))
            Broken("what is refused is not there", story, "all attempts to send it were refused");
        if (story.Handouts.Any(h => h.To < story.BegunAt))
            Broken("nothing comes before it is sent", story, "it was handed out before");
    }

    private void CheckHandouts(Story story)
    {
        double expiry = clock.Latest(story.BegunAt, story.LastTriedAt) + story.LifeMs;
        if (story.NotBeforeMs > 0)
            expiry = Math.Max(expiry, story.NotBeforeMs + story.LifeMs);
        foreach (Entry handout in story.Handouts)
        {
            if (story.Sends.Count > 0 && clock.Earliest(handout.From, handout.To) > expiry)
                Broken("never late", story, $"it had expired before {handout.From:F1}");
            // A time that has come has come, whatever the clock is set to afterwards.
            if (clock.Latest(Math.Min(story.BegunAt, handout.From), handout.To) < story.NotBeforeMs)
                Broken("never before its time", story, $"it was not due by {handout.To:F1}");
            if (handout.Number > maxDeliveries)
                Broken("handed out so often at most", story, $"it was handed out {handout.Number} times");
        }
    }

    // From the moment on that its end is known nobody is handed it.
    private void CheckEnd(Story story)
    {
        IEnumerable<double> ends = story.Ends.Select(static o => o.To)
            .Concat(story.Settles.Where(static s => s is { Reply: Reply.Done, Word: "accept" or "reject" }).Select(static s => s.To))
            .Concat(story.Takings.Where(static t => t.Reply == Reply.Done).Select(static t => t.To));
        double end = ends.DefaultIfEmpty(double.PositiveInfinity).Min();
        foreach (Entry late in story.Handouts.Where(h => h.From > end))
            Broken("nothing comes after its end", story, $"it had ended by {end:F1}, and was handed out after {late.From:F1}");
    }

    private void CheckOutcome(Story story)
    {
        List<string> words = [.. story.Ends.Select(static o => o.Word).Distinct()];
        if (words.Count > 1)
            Broken("one outcome", story, $"it has {string.Join(" and ", words)}");
        foreach (Entry confirmed in story.Settles.Where(s => s is { Reply: Reply.Done, Word: "accept" or "reject" }
            && words.Any(w => w != s.Word + "ed")))
            Broken("the outcome is what the device did", story, $"{confirmed.Word} was confirmed, and it ended as {words[0]}");
        if (words.Count == 0 || story.Sends.Count == 0)
            return;
        double told = story.Ends.Min(static o => o.To);
        bool explained = words[0] switch
        {
            "accepted" => story.Settles.Any(s => s.Word == "accept" && s.From < told),
            "rejected" => story.Settles.Any(s => s.Word == "reject" && s.From < told),
            // Its life began when it was taken, perhaps at a later attempt, after the clock was set back.
            "expired" => clock.Latest(story.BegunAt, told) >= clock.Earliest(story.BegunAt, story.LastTriedAt) + story.LifeMs,
            "cancelled" => story.Takings.Any(t => t.From < told) || story.Sends[0].ReplaceKey is not null,
            "undeliverable" => story.Ends.All(o => o.Number >= maxDeliveries),
            _ => false,
        };
        if (!explained)
            Broken("the outcome is what the device did", story, $"nothing explains that it is {words[0]}");
    }

    private void CheckNothingLost(Story story, Entry? look, Entry? drained)
    {
        if (look is null || story.TakenAt > look.From)
            return;
        bool isCommand = story.Sends.Any(static s => s.Act == Act.Send);
        if (isCommand && story.Outcomes.Count == 0 && !story.Waits.Any(w => w.From >= look.From))
            Broken("nothing acknowledged is lost", story, "it neither waits nor has it an outcome");
        bool isSettled = story.Settles.Any(static s => s is { Reply: Reply.Done, Word: "accept" or "reject" });
        if (isCommand && isSettled && story.Outcomes.Count == 0)
            Broken("nothing acknowledged is lost", story, "its settling was confirmed and has left no outcome");
        if (drained is null || story.TakenAt > drained.From)
            return;
        if (isCommand && story.Outcomes.Count == 0)
            Broken("nothing acknowledged is lost", story, "it was never handed out to its end");
        if (story.Shelved.Count == 0 && story.Outcomes.Any(o => o.Word is "rejected" or "undeliverable" && o.To < drained.From))
            Broken("nothing acknowledged is lost", story, $"it ended as {story.Outcomes[0].Word} and is not on the shelf");
        if (story.Sends.Any(static s => s.Act == Act.Answer) && story.Handouts.Count == 0)
            Broken("nothing acknowledged is lost", story, "the answer never came");
        bool isLasting = story.Sends.Any(static s => s.Act == Act.Notify) && story.LifeMs >= Story.UsualLifeMs && story.Takings.Count == 0;
        if (isLasting && story.Outcomes.Count == 0)
            Broken("nothing acknowledged is lost", story, "the notification was not settled by this device");
    }

    // Who is cancelled without having been taken back was replaced by a later one with the same key.
    private void CheckReplaced(List<Story> stories)
    {
        ILookup<(string Device, string Key), Story> keyed = stories.Where(static s => s.Sends is [{ ReplaceKey: not null }, ..])
            .ToLookup(static s => (s.Device, s.Sends[0].ReplaceKey!));
        foreach (Story story in keyed.SelectMany(static g => g))
        {
            if (story.Takings.Count > 0 || !story.Outcomes.Any(static o => o.Word == "cancelled"))
                continue;
            double told = story.Outcomes.Min(static o => o.To);
            if (!keyed[(story.Device, story.Sends[0].ReplaceKey!)].Any(other => other != story && other.BegunAt < told
                && other.LastTriedAt > story.BegunAt))
                Broken("the outcome is what the device did", story, "nothing has replaced it");
        }
    }

    // What was acknowledged before another was begun stands before it.
    private void CheckPlaces(List<Story> stories)
    {
        foreach (IGrouping<string, Story> device in stories.Where(static s => s.Sends.Any(static e => e.Act == Act.Send))
            .GroupBy(static s => s.Device))
        {
            List<(double Begun, double Taken, long Id, Story Story)> known =
            [
                .. device.Select(static s => (s.BegunAt, s.TakenAt, s.Entries.Select(static e => e.Id).Max(), s))
                    .Where(static s => s.Item3 > 0),
            ];
            var taken = new Queue<(double Begun, double Taken, long Id, Story Story)>(known.Where(static s => !double.IsInfinity(s.Taken))
                .OrderBy(static s => s.Taken));
            (long Id, Story? Story) highest = (0, null);
            foreach ((double begun, _, long id, Story story) in known.OrderBy(static s => s.Begun))
            {
                while (taken.TryPeek(out (double Begun, double Taken, long Id, Story Story) earlier) && earlier.Taken < begun)
                    highest = taken.Dequeue() is var (_, _, earlierId, earlierStory) && earlierId > highest.Id
                        ? (earlierId, earlierStory) : highest;
                if (id < highest.Id)
                    Broken("order of acceptance", story, $"its place {id} is before {highest.Id} of {highest.Story}, taken earlier");
            }
        }
    }

    private void CheckConnections()
    {
        HashSet<string> delayed = [.. _acts[Act.Send].Where(static s => s.NotBeforeMs > 0).Select(static s => s.Key)];
        foreach (IGrouping<string, Entry> device in _acts[Act.Connect].GroupBy(static c => c.Device))
        {
            HashSet<string> before = [];
            ILookup<int, Entry> handouts = _acts[Act.Handout].Where(h => h.Device == device.Key).ToLookup(static h => h.Connection);
            foreach (Entry connection in device.OrderBy(static c => c.Connection))
            {
                CheckHolder(device, connection, handouts[connection.Connection]);

                // What comes for the first time comes in order; on HTTPS what an earlier connection has in hand comes when it is given
                // back, also when its answer was lost and only the count tells of it.
                IEnumerable<Entry> fresh = handouts[connection.Connection].Where(h => h.Id > 0 && h.Kind != "notification"
                    && !delayed.Contains(h.Key)).DistinctBy(static h => h.Key);
                long last = 0;
                foreach (Entry handout in fresh.Where(h => connection.Word != "Https" || (h.Number < 2 && !before.Contains(h.Key))))
                {
                    if (handout.Id < last)
                        _broken.Add($"order: on connection {connection.Connection} of {device.Key} {handout.Id} came after {last}");
                    last = Math.Max(last, handout.Id);
                }

                before.UnionWith(handouts[connection.Connection].Select(static h => h.Key));
            }
        }
    }

    // Nobody is handed anything once a newer connection was the holder. Requests of HTTPS hold nothing between them.
    private void CheckHolder(IEnumerable<Entry> connections, Entry connection, IEnumerable<Entry> handouts)
    {
        double over = connections.Where(c => c.Connection > connection.Connection && c.From > connection.To && c.Word != "Https")
            .Select(static c => c.To).DefaultIfEmpty(double.PositiveInfinity).Min();
        foreach (Entry handout in handouts.Where(h => connection.Word != "Https" && h.From > over))
            _broken.Add($"one holder: {handout.Key} came on connection {connection.Connection} of {connection.Device} after a newer one");
    }

    private void Broken(string promise, Story story, string how) =>
        _broken.Add($"{promise}: {story}: {how}\n      {string.Join("\n      ", story.Entries.OrderBy(static e => e.To).Select(Line))}");

    private static string Line(Entry e) =>
        $"{e.From:F1}..{e.To:F1} {e.Act} {e.Reply} id {e.Id} {e.Kind} {e.Word} connection {e.Connection} number {e.Number} "
        + $"life {e.LifeMs} not before {e.NotBeforeMs}";
}
