using Microsoft.OpenApi;

namespace Restante.Heads.Http.Requests;

/// <summary>Query parameters that many endpoints have.</summary>
internal static class UsualQuery
{
    /// <summary>What the parameter is called that says how long to wait.</summary>
    public const string WaitName = "wait";

    /// <summary>The <c>wait</c> of a long poll.</summary>
    public static QueryParameter Wait(HttpHeadOptions options) => new(
        WaitName,
        JsonSchemaType.Number,
        "How long to wait when there is nothing yet, in seconds; not at all when not given.",
        0,
        options.MaxPollWaitSeconds);

    /// <summary>The <c>max</c> of a page.</summary>
    /// <param name="what">What is on the page.</param>
    /// <param name="usual">How many when it is not given.</param>
    /// <param name="max">The most.</param>
    public static QueryParameter Max(string what, int usual = 100, int max = 1_000) =>
        new("max", JsonSchemaType.Integer, $"How many {what} at the most; {usual} when not given.", 1, max, usual);

    /// <summary>The <c>max</c> of an event stream.</summary>
    /// <param name="what">What may be in hand.</param>
    /// <param name="usual">How many when it is not given.</param>
    /// <param name="max">The most.</param>
    public static QueryParameter Window(string what, int usual, int max) =>
        new("max", JsonSchemaType.Integer, $"How many {what}, at a time; {usual} when not given.", 1, max, usual);
}
