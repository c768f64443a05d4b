using FsCheck;

namespace Restante.Core.Tests.Support;

/// <summary>Checks properties with the same values in every run.</summary>
internal static class Properties
{
    private static readonly Config s_config = Config.QuickThrowOnFailure.WithMaxTest(300).WithReplay(20_261_122, 7);

    public static void Hold(this Property property) => property.Check(s_config);
}
