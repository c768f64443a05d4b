namespace Restante.Core.Tests.Model;

public class GatewayModelTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    /// <summary>A seed that fails here fails again with the same steps.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_the_promises_hold(int seed)
    {
        await using var run = new GatewayModelRun(seed);
        for (int step = 0; step < 500; step++)
            await run.StepAsync();
        await run.FinishAsync();
    }
}
